import type { Language } from '../../../kernel/base/i18n.ts';
import { moneyView } from '../../../kernel/http/house-api.ts';
import { parsePrice, priceTexts } from '../../rating/index.ts';
import { type ApprovalRequest, openLevels } from '../domain/request.ts';

/** What everybody who may see the order sees of its approval. */
export function approvalView(request: ApprovalRequest, language: Language): object {
  const { subject, amount, currency, levels: _, managerIds, state, ...rest } = request;
  return {
    ...rest,
    state,
    title: subject.title,
    planName: subject.planName,
    text: priceTexts(parsePrice(subject.price), language),
    amount: amount === null ? null : moneyView({ minor: amount, currency }),
    waitsFor:
      state === 'waiting'
        ? openLevels(request).map(({ by, reason, above }) => ({
            ...{ by, reason, above: above === null ? null : { amount: above, currency } },
            managerIds: by === 'manager' ? managerIds : [],
          }))
        : [],
  };
}

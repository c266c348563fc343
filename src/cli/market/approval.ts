import type { Approval } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { moneyText } from './render.ts';

const texts = defineCatalogue({
  fr: {
    waitsFor: (who: string) => `attend l’accord ${who}`,
    manager: 'd’un responsable du centre de coûts',
    owner: 'd’un propriétaire de l’organisation',
    above: (amount: string) => `au-delà de ${amount} HT par mois`,
    overBudget: 'le budget ne suffit pas',
    and: ', et ',
    waiting: 'attend',
    granted: 'accordé',
    refused: 'refusé',
    withdrawn: 'retiré par la personne qui a commandé',
    expired: 'expiré',
    approvedBy: (who: string) => `accord de ${who}`,
    refusedBy: (who: string) => `refus de ${who}`,
  },
  en: {
    waitsFor: (who: string) => `waits for ${who} to agree`,
    manager: 'a manager of the cost centre',
    owner: 'an owner of the organisation',
    above: (amount: string) => `above ${amount} a month without VAT`,
    overBudget: 'the budget does not suffice',
    and: ', and for ',
    waiting: 'waits',
    granted: 'granted',
    refused: 'refused',
    withdrawn: 'withdrawn by whoever ordered',
    expired: 'expired',
    approvedBy: (who: string) => `approved by ${who}`,
    refusedBy: (who: string) => `refused by ${who}`,
  },
});

/** `waits for a manager of the cost centre to agree (above €10.00 …); approved by odile` */
export function approvalText(approval: Approval, language: Language): string {
  const t = texts(language);
  const missing = approval.waitsFor.map(({ by, above }) => {
    const why = above === null ? t.overBudget : t.above(moneyText(above, language));
    return `${t[by]} (${why})`;
  });
  const state = missing.length > 0 ? t.waitsFor(missing.join(t.and)) : t[approval.state];
  const said = approval.decisions.map(({ userName, decision, note }) => {
    const words = decision === 'approved' ? t.approvedBy(userName) : t.refusedBy(userName);
    return note === null ? words : `${words} (${note})`;
  });
  return [state, ...said].join('; ');
}

/** `R-42 (Research)`; empty for none. */
export function costCentreText(costCentre: Approval['costCentre']): string {
  return costCentre === null ? '' : `${costCentre.code} (${costCentre.name})`;
}

import type { Context } from '../../kernel/access/context.ts';
import { badRequest, conflict } from '../../kernel/base/errors.ts';
import type { Tx } from '../../kernel/store/index.ts';
import { type LegalNumbers, wrongNumbers } from './domain/numbers.ts';
import type { Organisation } from './domain/organisation.ts';
import type { MarketDeps } from './index.ts';
import { insertOrganisation, putMember } from './store/organisations.ts';
import { partnersTexts } from './texts.ts';

/** Throws 400, naming them, when numbers cannot be right. */
export function requireRightNumbers(context: Context, numbers: LegalNumbers): void {
  const wrong = wrongNumbers(numbers);
  if (wrong.length > 0) throw badRequest(partnersTexts(context.language).wrongNumbers(wrong), { data: { wrong } });
}

/** Lets an organisation in, with its first owners, once; 409 for a second operator. */
export async function admit(
  { trust }: Pick<MarketDeps, 'trust'>,
  tx: Tx,
  context: Context,
  organisation: Organisation,
  owners: readonly string[],
): Promise<void> {
  const { id, createdAt: at, ...facts } = organisation;
  const inserted = await insertOrganisation(tx, organisation);
  if (inserted === 'operator-exists') throw conflict(partnersTexts(context.language).operatorExists);
  if (!inserted) return;
  for (const userId of owners) await putMember(tx, id, { userId, role: 'owner' }, at);
  const payload = { ...facts, owners: [...owners], by: context.userId };
  await trust.record(tx, { kind: 'market.organisation.created', subject: id, at, payload, parties: [id] });
}

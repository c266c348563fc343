import { type Static, Type } from 'typebox';
import { DecimalText, MoneySchema, moneyView, parseMoney } from '../../../kernel/http/house-api.ts';
import type { ShareBasis, ShareRule } from '../domain/waterfall.ts';

const closed = { additionalProperties: false };
/** 0 to 100 with up to four decimals. */
const Percent = Type.String({ pattern: '^(100(\\.0{1,4})?|[1-9]?[0-9](\\.[0-9]{1,4})?)$' });
const limits = { minimum: Type.Optional(MoneySchema), maximum: Type.Optional(MoneySchema) };

/** One rule of an agreement: what the publisher gets. */
export const RuleSchema = Type.Union([
  Type.Object(
    {
      kind: Type.Enum(['percentOfGross', 'percentOfRemainder']),
      percent: Percent,
      ...limits,
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal('amountPerUnit'), amount: DecimalText, ...limits }, closed),
]);
export type RuleView = Static<typeof RuleSchema>;

/** The rule, for a party. */
export function parseRule<Party>(view: RuleView, party: Party): ShareRule<Party> {
  const { minimum, maximum } = view;
  const basis: ShareBasis =
    view.kind === 'amountPerUnit'
      ? { kind: view.kind, amount: view.amount }
      : { kind: view.kind, percent: view.percent };
  return {
    party,
    basis,
    ...(minimum && { minimum: parseMoney(minimum).minor }),
    ...(maximum && { maximum: parseMoney(maximum).minor }),
  };
}

/** A rule as JSON, for statements: how a share came about. */
export function ruleView(rule: ShareRule<unknown> | null, currency: string): object {
  if (rule === null) return { kind: 'rest' };
  const { basis, minimum, maximum } = rule;
  return {
    ...basis,
    ...(minimum !== undefined && { minimum: moneyView({ minor: minimum, currency }) }),
    ...(maximum !== undefined && { maximum: moneyView({ minor: maximum, currency }) }),
  };
}

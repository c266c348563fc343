import { type Static, Type } from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';
import { DecimalText, IdSchema, MoneySchema, moneyView, parseMoney } from '../../../kernel/http/house-api.ts';
import type { ShareBasis, ShareRule } from '../domain/waterfall.ts';

const closed = { additionalProperties: false };
/** 0 to 100 with up to four decimals. */
const Percent = Type.String({ pattern: '^(100(\\.0{1,4})?|[1-9]?[0-9](\\.[0-9]{1,4})?)$' });
const limits = { minimum: Type.Optional(MoneySchema), maximum: Type.Optional(MoneySchema) };

const TierSchema = Type.Object({ upTo: Type.Union([MoneySchema, Type.Null()]), percent: Percent }, closed);
/** Who gets it: the publisher unless it is said. */
const common = { partyId: Type.Optional(IdSchema), ...limits };

/** One rule of an agreement. */
export const RuleSchema = Type.Union([
  Type.Object({ kind: Type.Enum(['percentOfGross', 'percentOfRemainder']), percent: Percent, ...common }, closed),
  Type.Object({ kind: Type.Literal('amountPerUnit'), amount: DecimalText, ...common }, closed),
  Type.Object(
    { kind: Type.Literal('tieredPercent'), tiers: Type.Array(TierSchema, { minItems: 1, maxItems: 20 }), ...common },
    closed,
  ),
]);
export type RuleView = Static<typeof RuleSchema>;

/** The rule; `publisher` gets what names nobody. */
export function parseRule(view: RuleView, publisher: string): ShareRule {
  const { minimum, maximum } = view;
  return {
    party: view.partyId ?? publisher,
    basis: parseBasis(view),
    ...(minimum && { minimum: parseMoney(minimum).minor }),
    ...(maximum && { maximum: parseMoney(maximum).minor }),
  };
}

function parseBasis(view: RuleView): ShareBasis {
  if (view.kind === 'amountPerUnit') return { kind: view.kind, amount: view.amount };
  if (view.kind !== 'tieredPercent') return { kind: view.kind, percent: view.percent };
  const tiers = view.tiers.map(({ upTo, percent }) => ({ upTo: upTo && parseMoney(upTo).minor, percent }));
  tiers.forEach(({ upTo }, index) => {
    const isLast = index === tiers.length - 1;
    const above = upTo === null || upTo > (tiers[index - 1]?.upTo ?? 0n);
    if (isLast !== (upTo === null) || !above) {
      throw badRequest('The tiers of a rule go up from one to the next; the last one, and no other, has upTo null.');
    }
  });
  return { kind: view.kind, tiers };
}

/** A rule as JSON, for statements: how a share came about. */
export function ruleView(rule: ShareRule<unknown> | null, currency: string): object {
  if (rule === null) return { kind: 'rest' };
  const { basis, minimum, maximum } = rule;
  const money = (minor: bigint) => moneyView({ minor, currency });
  const shown =
    basis.kind === 'tieredPercent'
      ? {
          ...basis,
          tiers: basis.tiers.map((tier) => ({ ...tier, upTo: tier.upTo === null ? null : money(tier.upTo) })),
        }
      : basis;
  return {
    ...shown,
    ...(minimum !== undefined && { minimum: money(minimum) }),
    ...(maximum !== undefined && { maximum: money(maximum) }),
  };
}

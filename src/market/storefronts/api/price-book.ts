import { type Static, Type } from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';
import {
  DecimalText,
  IdSchema,
  LocalizedTextSchema,
  MoneySchema,
  moneyView,
  parseMoney,
} from '../../../kernel/http/house-api.ts';
import type { PriceBook, PriceRule } from '../domain/price-book.ts';

const closed = { additionalProperties: false };
const Slug = Type.String({ pattern: '^[a-z][a-z0-9-]{0,49}$' });
const Ids = Type.Array(IdSchema, { maxItems: 1000, uniqueItems: true });

const SegmentSchema = Type.Object({ id: Slug, name: LocalizedTextSchema, organisationIds: Ids }, closed);
const RuleSchema = Type.Object(
  {
    offeringIds: Type.Optional(Ids),
    segmentId: Type.Optional(Slug),
    componentId: Type.Optional(Slug),
    percent: DecimalText,
    fixed: Type.Optional(MoneySchema),
    roundTo: Type.Optional(MoneySchema),
  },
  closed,
);

/** A price book as the API reads and writes it, and as it is kept. */
export const PriceBookSchema = Type.Object(
  { segments: Type.Array(SegmentSchema, { maxItems: 50 }), rules: Type.Array(RuleSchema, { maxItems: 200 }) },
  closed,
);
export type PriceBookView = Static<typeof PriceBookSchema>;

/** The price book that was sent; 400 when a rule is for an unknown segment or its amounts make no sense. */
export function parsePriceBook(view: PriceBookView): PriceBook {
  const ids = view.segments.map(({ id }) => id);
  if (new Set(ids).size < ids.length) throw badRequest('Two segments have the same id.');
  return { segments: view.segments, rules: view.rules.map((rule, place) => parseRule(rule, place, ids)) };
}

function parseRule(view: PriceBookView['rules'][number], place: number, segments: readonly string[]): PriceRule {
  const { fixed, roundTo, ...rest } = view;
  const rule = {
    ...rest,
    fixed: fixed === undefined ? 0n : parseMoney(fixed).minor,
    roundTo: roundTo === undefined ? 1n : parseMoney(roundTo).minor,
  };
  const what = `priceBook/rules/${place}`;
  if (rule.segmentId !== undefined && !segments.includes(rule.segmentId)) {
    throw badRequest(`${what}: there is no segment '${rule.segmentId}'.`);
  }
  if (rule.fixed < 0n) throw badRequest(`${what}: fixed is negative; a store never sells below the base price.`);
  if (rule.roundTo < 1n) throw badRequest(`${what}: roundTo must be at least 0.01.`);
  return rule;
}

/** The price book as JSON. */
export function priceBookView({ segments, rules }: PriceBook): PriceBookView {
  const euros = (minor: bigint) => ({ amount: moneyView({ minor, currency: 'EUR' }).amount, currency: 'EUR' as const });
  return {
    segments: segments.map((segment) => ({ ...segment, organisationIds: [...segment.organisationIds] })),
    rules: rules.map(({ fixed, roundTo, offeringIds, ...rest }) => ({
      ...rest,
      ...(offeringIds && { offeringIds: [...offeringIds] }),
      ...(fixed > 0n && { fixed: euros(fixed) }),
      ...(roundTo > 1n && { roundTo: euros(roundTo) }),
    })),
  };
}

import { type Static, Type } from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';
import {
  DecimalText,
  LocalizedTextSchema,
  MoneySchema,
  moneyView,
  parseMoney,
} from '../../../kernel/http/house-api.ts';
import { capOf, type Price, type PriceComponent, type UsageUnit, usageUnits } from '../domain/plan.ts';

const closed = { additionalProperties: false };

const UsageComponentSchema = Type.Object(
  {
    kind: Type.Literal('usage'),
    id: Type.String({ pattern: '^[a-z][a-z0-9-]{0,49}$' }),
    name: LocalizedTextSchema,
    meter: Type.String({ pattern: '^[a-z0-9]+([.-][a-z0-9]+){1,15}$', description: 'the CloudEvents type it counts' }),
    unit: Type.Enum(Object.keys(usageUnits) as UsageUnit[]),
    rate: DecimalText,
    monthlyCap: Type.Optional(Type.Union([MoneySchema, Type.Null()])),
  },
  closed,
);

/** A price as the API reads and writes it, and as quotes and subscriptions keep it. */
export const PriceSchema = Type.Object(
  {
    currency: Type.Literal('EUR'),
    components: Type.Array(UsageComponentSchema, { minItems: 1, maxItems: 50 }),
  },
  closed,
);
export type PriceView = Static<typeof PriceSchema>;

/** The price that was sent; 400 when two components share an id or a cap is negative. */
export function parsePrice(view: PriceView): Price {
  const ids = new Set<string>();
  for (const { id } of view.components) {
    if (ids.has(id)) throw badRequest(`Two price components are called '${id}'.`);
    ids.add(id);
  }
  return { currency: view.currency, components: view.components.map(parseComponent) };
}

function parseComponent({ monthlyCap, ...component }: PriceView['components'][number]): PriceComponent {
  const cap = monthlyCap === null || monthlyCap === undefined ? null : parseMoney(monthlyCap).minor;
  if (cap !== null && cap < 0n) throw badRequest(`The monthly cap of '${component.id}' is negative.`);
  return { ...component, monthlyCap: cap };
}

/** The price as JSON. */
export function priceView(price: Price): PriceView {
  return {
    currency: 'EUR',
    components: price.components.map((component) => {
      const cap = capOf(price, component);
      const money = cap === null ? null : { amount: moneyView(cap).amount, currency: 'EUR' as const };
      return { ...component, monthlyCap: money };
    }),
  };
}

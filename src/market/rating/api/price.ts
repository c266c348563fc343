import { type Static, Type } from 'typebox';
import { badRequest } from '../../../kernel/base/errors.ts';
import {
  DecimalText,
  LocalizedTextSchema,
  MoneySchema,
  moneyView,
  parseMoney,
} from '../../../kernel/http/house-api.ts';
import { isPlanLine } from '../domain/line.ts';
import type { Price, PriceComponent, Tariff, Tier, UsageComponent, Volume } from '../domain/plan.ts';
import { type UsageUnit, usageUnits } from '../domain/units.ts';

const closed = { additionalProperties: false };
const OptionalMoney = Type.Optional(Type.Union([MoneySchema, Type.Null()]));

const TierSchema = Type.Object(
  {
    upTo: Type.Union([DecimalText, Type.Null()], { description: 'units up to and with this many; null: without end' }),
    rate: DecimalText,
  },
  closed,
);

const ComponentSchema = Type.Object(
  {
    kind: Type.Enum(['oneOff', 'recurring', 'usage']),
    id: Type.String({ pattern: '^[a-z][a-z0-9-]{0,49}$' }),
    name: LocalizedTextSchema,
    amount: Type.Optional(MoneySchema),
    anchor: Type.Optional(Type.Enum(['calendar', 'anniversary'])),
    everyMonths: Type.Optional(Type.Integer({ minimum: 1, maximum: 36 })),
    proRata: Type.Optional(Type.Boolean()),
    meter: Type.Optional(
      Type.String({ pattern: '^[a-z0-9]+([.-][a-z0-9]+){1,15}$', description: 'the CloudEvents type it counts' }),
    ),
    unit: Type.Optional(Type.Enum(Object.keys(usageUnits) as UsageUnit[])),
    model: Type.Optional(Type.Enum(['flat', 'graduated', 'volume', 'package'])),
    rate: Type.Optional(DecimalText),
    tiers: Type.Optional(Type.Array(TierSchema, { minItems: 1, maxItems: 20 })),
    packageSize: Type.Optional(DecimalText),
    included: Type.Optional(DecimalText),
    monthlyMinimum: OptionalMoney,
    monthlyCap: OptionalMoney,
  },
  closed,
);
type ComponentView = Static<typeof ComponentSchema>;

const VolumeSchema = Type.Object({ amount: MoneySchema, overagePercent: Type.Optional(DecimalText) }, closed);
const OptionalVolume = Type.Optional(Type.Union([VolumeSchema, Type.Null()]));

/** A price as the API reads and writes it, and as quotes and subscriptions keep it. */
export const PriceSchema = Type.Object(
  {
    currency: Type.Literal('EUR'),
    components: Type.Array(ComponentSchema, { minItems: 1, maxItems: 50 }),
    commitment: OptionalVolume,
    prepaid: OptionalVolume,
    monthlyMinimum: OptionalMoney,
    monthlyCap: OptionalMoney,
  },
  closed,
);
export type PriceView = Static<typeof PriceSchema>;
type MoneyView = Static<typeof MoneySchema>;

/** What each kind of component, and each model of usage, may and must say besides its id and name. */
const fields: Readonly<Record<string, { readonly must: readonly string[]; readonly may: readonly string[] }>> = {
  oneOff: { must: ['amount'], may: [] },
  recurring: { must: ['amount'], may: ['anchor', 'everyMonths', 'proRata'] },
  flat: { must: ['meter', 'unit', 'rate'], may: [] },
  package: { must: ['meter', 'unit', 'rate', 'packageSize'], may: [] },
  graduated: { must: ['meter', 'unit', 'tiers'], may: [] },
  volume: { must: ['meter', 'unit', 'tiers'], may: [] },
};
const ofAll = ['kind', 'id', 'name'];
const ofUsage = ['model', 'included', 'monthlyMinimum', 'monthlyCap'];

/** The price that was sent; 400 that says what is wrong with which component. */
export function parsePrice(view: PriceView): Price {
  const ids = new Set<string>();
  for (const { id } of view.components) {
    if (ids.has(id)) throw badRequest(`Two price components are called '${id}'.`);
    if (isPlanLine(id)) throw badRequest(`A price component cannot be called '${id}': that is a line of the plan.`);
    ids.add(id);
  }
  const commitment = parseVolume('commitment', view.commitment);
  const prepaid = parseVolume('prepaid', view.prepaid);
  if (commitment !== null && prepaid !== null)
    throw badRequest('A price has a commitment or a prepaid amount, not both.');
  return {
    currency: view.currency,
    components: view.components.map(parseComponent),
    ...{ commitment, prepaid, ...parseLimits('The price', view) },
  };
}

function parseVolume(name: string, view: PriceView['commitment']): Volume | null {
  if (view == null) return null;
  const overagePercent = view.overagePercent ?? '100';
  if (Number(overagePercent) < 100) throw badRequest(`The overagePercent of the ${name} is under 100.`);
  return { amount: parseAmount(`The ${name}`, view.amount), overagePercent };
}

function parseAmount(what: string, view: MoneyView): bigint {
  const { minor } = parseMoney(view);
  if (minor < 0n) throw badRequest(`${what} is negative.`);
  return minor;
}

function parseLimits(what: string, view: { monthlyMinimum?: MoneyView | null; monthlyCap?: MoneyView | null }) {
  const amount = (name: string, money: MoneyView | null | undefined) =>
    money == null ? null : parseAmount(`${what}: the ${name}`, money);
  const monthlyMinimum = amount('monthly minimum', view.monthlyMinimum);
  const monthlyCap = amount('monthly cap', view.monthlyCap);
  if (monthlyMinimum !== null && monthlyCap !== null && monthlyMinimum > monthlyCap) {
    throw badRequest(`${what}: the monthly minimum is above the monthly cap.`);
  }
  return { monthlyMinimum, monthlyCap };
}

function parseComponent(view: ComponentView): PriceComponent {
  const { kind, id, name } = view;
  const what = `Price component '${id}'`;
  checkFields(what, view);
  if (kind === 'usage') return parseUsage(what, view);
  const amount = parseAmount(what, view.amount as MoneyView);
  if (kind === 'oneOff') return { kind, id, name, amount };
  const { anchor = 'calendar', everyMonths = 1, proRata = true } = view;
  if (anchor === 'calendar' && everyMonths !== 1) {
    throw badRequest(`${what}: periods of several months take the anchor 'anniversary'.`);
  }
  return { kind, id, name, amount, anchor, everyMonths, proRata };
}

function checkFields(what: string, view: ComponentView): void {
  const sort = view.kind === 'usage' ? (view.model ?? 'flat') : view.kind;
  const { must, may } = fields[sort] ?? { must: [], may: [] };
  const sent = Object.entries(view).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  const missing = must.filter((key) => !sent.includes(key));
  if (missing.length > 0) throw badRequest(`${what} (${sort}) needs ${missing.join(', ')}.`);
  const known = [...ofAll, ...must, ...may, ...(view.kind === 'usage' ? ofUsage : [])];
  const unknown = sent.filter((key) => !known.includes(key));
  if (unknown.length > 0) throw badRequest(`${what} (${sort}) takes no ${unknown.join(', ')}.`);
}

function parseUsage(what: string, view: ComponentView): UsageComponent {
  const { id, name, meter = '', unit = 'second', included = '0' } = view;
  return {
    kind: 'usage',
    id,
    name,
    meter,
    unit,
    tariff: parseTariff(what, view),
    included,
    ...parseLimits(what, view),
  };
}

function parseTariff(
  what: string,
  { model = 'flat', rate = '0', packageSize = '1', tiers = [] }: ComponentView,
): Tariff {
  switch (model) {
    case 'flat':
      return { model, rate };
    case 'package':
      if (Number(packageSize) === 0) throw badRequest(`${what}: the packageSize is 0.`);
      return { model, size: packageSize, rate };
    default:
      checkTiers(what, tiers);
      return { model, tiers };
  }
}

function checkTiers(what: string, tiers: readonly Tier[]): void {
  tiers.forEach(({ upTo }, index) => {
    const isLast = index === tiers.length - 1;
    if (isLast !== (upTo === null)) throw badRequest(`${what}: the last tier, and no other, has upTo null.`);
    const before = tiers[index - 1]?.upTo ?? '0';
    if (upTo !== null && Number(upTo) <= Number(before)) throw badRequest(`${what}: tiers go up from one to the next.`);
  });
}

/** The price as JSON. */
export function priceView(price: Price): PriceView {
  const { components, commitment, prepaid } = price;
  return {
    currency: 'EUR',
    components: components.map(componentView),
    ...(commitment && { commitment: volumeView(commitment) }),
    ...(prepaid && { prepaid: volumeView(prepaid) }),
    ...(price.monthlyMinimum !== null && { monthlyMinimum: euros(price.monthlyMinimum) }),
    ...(price.monthlyCap !== null && { monthlyCap: euros(price.monthlyCap) }),
  };
}

const euros = (minor: bigint): MoneyView => ({ amount: moneyView({ minor, currency: 'EUR' }).amount, currency: 'EUR' });

const volumeView = ({ amount, overagePercent }: Volume) => ({ amount: euros(amount), overagePercent });

function componentView(component: PriceComponent): ComponentView {
  if (component.kind !== 'usage') return { ...component, amount: euros(component.amount) };
  const { tariff, included, monthlyMinimum, monthlyCap, ...rest } = component;
  return {
    ...rest,
    ...tariffView(tariff),
    ...(Number(included) > 0 && { included }),
    ...(monthlyMinimum !== null && { monthlyMinimum: euros(monthlyMinimum) }),
    monthlyCap: monthlyCap === null ? null : euros(monthlyCap),
  };
}

function tariffView(tariff: Tariff): Partial<ComponentView> {
  switch (tariff.model) {
    case 'flat':
      return { rate: tariff.rate };
    case 'package':
      return { model: tariff.model, packageSize: tariff.size, rate: tariff.rate };
    default:
      return { model: tariff.model, tiers: [...tariff.tiers] };
  }
}

import { defineCatalogue, type Language, type LocalizedText, localeOf, numberFormat } from '../../kernel/base/i18n.ts';
import { formatMoney } from '../../kernel/base/money.ts';
import { isPlanLine, type PlanLineKind, type RatedLine } from './domain/line.ts';
import type { Price, PriceComponent, RecurringComponent, Tariff, UsageComponent } from './domain/plan.ts';
import type { PriceStep } from './domain/tariff.ts';
import type { UsageUnit } from './domain/units.ts';

/** One of a unit, and several. */
const units = {
  fr: {
    second: ['seconde entamée', 'secondes entamées'],
    minute: ['minute entamée', 'minutes entamées'],
    hour: ['heure entamée', 'heures entamées'],
    month: ['mois', 'mois'],
    'gibibyte-hour': ['Gio-heure entamée', 'Gio-heures entamées'],
    'gibibyte-month': ['Gio-mois', 'Gio-mois'],
    gibibyte: ['Gio', 'Gio'],
    request: ['requête', 'requêtes'],
    unit: ['unité', 'unités'],
  },
  en: {
    second: ['started second', 'started seconds'],
    minute: ['started minute', 'started minutes'],
    hour: ['started hour', 'started hours'],
    month: ['month', 'months'],
    'gibibyte-hour': ['started GiB-hour', 'started GiB-hours'],
    'gibibyte-month': ['GiB-month', 'GiB-months'],
    gibibyte: ['GiB', 'GiB'],
    request: ['request', 'requests'],
    unit: ['unit', 'units'],
  },
} as const satisfies Record<Language, Record<UsageUnit, readonly [string, string]>>;

const texts = defineCatalogue({
  fr: {
    colon: (name: string, text: string) => `${name} : ${text}`,
    perUnit: (rate: string, unit: string) => `${rate} HT par ${unit}`,
    perPackage: (rate: string, size: string, unit: string) => `${rate} HT par tranche entamée de ${size} ${unit}`,
    upTo: (rate: string, upTo: string) => `${rate} jusqu’à ${upTo}`,
    beyond: (rate: string) => `${rate} au-delà`,
    graduated: (tiers: string, unit: string) => `HT par ${unit}, chaque tranche à son prix : ${tiers}`,
    volume: (tiers: string, unit: string) => `HT par ${unit}, toutes au prix de la tranche atteinte : ${tiers}`,
    once: (amount: string) => `${amount} HT, une fois`,
    calendar: (amount: string) => `${amount} HT par mois civil`,
    anniversary: (amount: string, months: number) =>
      months === 1 ? `${amount} HT par mois depuis la souscription` : `${amount} HT tous les ${months} mois`,
    proRata: ', au prorata',
    included: (quantity: string, unit: string) => `, ${quantity} ${unit} par mois comprises`,
    minimum: (amount: string) => `, au moins ${amount} HT par mois civil`,
    cap: (cap: string) => `, au plus ${cap} HT par mois civil`,
    commitment: (amount: string) => `Engagement : ${amount} HT par mois civil, consommés ou non`,
    prepaid: (amount: string) => `Payé d’avance : ${amount} HT, dont l’usage est déduit`,
    overagePrice: (percent: string) => `, puis à ${percent} % du prix`,
    planMinimum: (amount: string) => `Au moins ${amount} HT par mois civil en tout`,
    planCap: (amount: string) => `Au plus ${amount} HT par mois civil en tout`,
    times: (quantity: string, unit: string, rate: string) => `${quantity} ${unit} × ${rate}`,
    package: (quantity: string, size: string, unit: string, rate: string) => `${quantity} × ${size} ${unit} à ${rate}`,
    period: (quantity: string, rate: string) => `${quantity} période × ${rate}`,
    free: (quantity: string, unit: string) => `${quantity} ${unit} comprises`,
    minimumApplied: (amount: string) => `, porté au minimum du mois : ${amount}`,
    capApplied: (cap: string) => `, ramené au plafond du mois : ${cap}`,
    takenFromPrepaid: (amount: string) => `, dont payé d’avance : ${amount}`,
    planCapApplied: (amount: string) => `, moins ${amount} par le plafond du mois de la formule`,
  },
  en: {
    colon: (name: string, text: string) => `${name}: ${text}`,
    perUnit: (rate: string, unit: string) => `${rate} excl. VAT per ${unit}`,
    perPackage: (rate: string, size: string, unit: string) =>
      `${rate} excl. VAT per started package of ${size} ${unit}`,
    upTo: (rate: string, upTo: string) => `${rate} up to ${upTo}`,
    beyond: (rate: string) => `${rate} beyond`,
    graduated: (tiers: string, unit: string) => `excl. VAT per ${unit}, each tier at its price: ${tiers}`,
    volume: (tiers: string, unit: string) => `excl. VAT per ${unit}, all at the price of the tier reached: ${tiers}`,
    once: (amount: string) => `${amount} excl. VAT, once`,
    calendar: (amount: string) => `${amount} excl. VAT per calendar month`,
    anniversary: (amount: string, months: number) =>
      months === 1 ? `${amount} excl. VAT per month from the start` : `${amount} excl. VAT every ${months} months`,
    proRata: ', pro rata',
    included: (quantity: string, unit: string) => `, ${quantity} ${unit} a month included`,
    minimum: (amount: string) => `, at least ${amount} excl. VAT per calendar month`,
    cap: (cap: string) => `, at most ${cap} excl. VAT per calendar month`,
    commitment: (amount: string) => `Commitment: ${amount} excl. VAT per calendar month, used or not`,
    prepaid: (amount: string) => `Prepaid: ${amount} excl. VAT, from which usage is taken`,
    overagePrice: (percent: string) => `, then at ${percent}% of the price`,
    planMinimum: (amount: string) => `At least ${amount} excl. VAT per calendar month in all`,
    planCap: (amount: string) => `At most ${amount} excl. VAT per calendar month in all`,
    times: (quantity: string, unit: string, rate: string) => `${quantity} ${unit} × ${rate}`,
    package: (quantity: string, size: string, unit: string, rate: string) => `${quantity} × ${size} ${unit} at ${rate}`,
    period: (quantity: string, rate: string) => `${quantity} period × ${rate}`,
    free: (quantity: string, unit: string) => `${quantity} ${unit} included`,
    minimumApplied: (amount: string) => `, raised to the month’s minimum: ${amount}`,
    capApplied: (cap: string) => `, reduced to the month’s cap: ${cap}`,
    takenFromPrepaid: (amount: string) => `, of which prepaid: ${amount}`,
    planCapApplied: (amount: string) => `, less ${amount} by the plan’s cap of the month`,
  },
});

/** The names of the plan's own lines. */
const planLines = {
  fr: {
    commitment: 'Engagement du mois non consommé',
    prepaid: 'Montant payé d’avance',
    overage: 'Supplément au-delà du montant convenu',
    minimum: 'Complément au minimum du mois',
  },
  en: {
    commitment: 'Commitment of the month, not used',
    prepaid: 'Prepaid amount',
    overage: 'Surcharge beyond the agreed amount',
    minimum: 'Made up to the month’s minimum',
  },
} as const satisfies Record<Language, Readonly<Record<PlanLineKind, string>>>;

const plurals = { fr: new Intl.PluralRules(localeOf('fr')), en: new Intl.PluralRules(localeOf('en')) };

/** Says amounts, rates and quantities in a language. */
function speaker({ currency }: Price, language: Language) {
  const rates = numberFormat(language, {
    ...{ style: 'currency', currency },
    ...{ minimumFractionDigits: 2, maximumFractionDigits: 8 },
  });
  const numbers = numberFormat(language, { maximumFractionDigits: 8 });
  return {
    say: texts(language),
    money: (minor: bigint) => formatMoney({ minor, currency }, language),
    rate: (text: string) => rates.format(text as Intl.StringNumericLiteral),
    number: (text: string) => numbers.format(text as Intl.StringNumericLiteral),
    unit: (unit: UsageUnit, quantity = '1') =>
      units[language][unit][plurals[language].select(Number(quantity)) === 'one' ? 0 : 1],
  };
}
type Speaker = ReturnType<typeof speaker>;

/** What a price is, in words: a line a component and one for whatever holds for the plan as a whole. Before one buys. */
export function priceTexts(price: Price, language: Language): string[] {
  const speak = speaker(price, language);
  const { say, money, number } = speak;
  const { commitment, prepaid, monthlyMinimum, monthlyCap } = price;
  const overage = (percent: string) => (Number(percent) > 100 ? say.overagePrice(number(percent)) : '');
  return [
    ...price.components.map((one) => say.colon(one.name[language], componentText(one, speak))),
    ...(commitment ? [`${say.commitment(money(commitment.amount))}${overage(commitment.overagePercent)}`] : []),
    ...(prepaid ? [`${say.prepaid(money(prepaid.amount))}${overage(prepaid.overagePercent)}`] : []),
    ...(monthlyMinimum === null ? [] : [say.planMinimum(money(monthlyMinimum))]),
    ...(monthlyCap === null ? [] : [say.planCap(money(monthlyCap))]),
  ];
}

function componentText(component: PriceComponent, speak: Speaker): string {
  if (component.kind === 'oneOff') return speak.say.once(speak.money(component.amount));
  return component.kind === 'recurring' ? feeText(component, speak) : usageText(component, speak);
}

function feeText({ anchor, amount, everyMonths, proRata }: RecurringComponent, { say, money }: Speaker): string {
  const fee = anchor === 'calendar' ? say.calendar(money(amount)) : say.anniversary(money(amount), everyMonths);
  return proRata ? `${fee}${say.proRata}` : fee;
}

function usageText({ tariff, unit, included, monthlyMinimum, monthlyCap }: UsageComponent, speak: Speaker): string {
  const { say, money, number } = speak;
  const free = Number(included) > 0 ? say.included(number(included), speak.unit(unit, included)) : '';
  const minimum = monthlyMinimum === null ? '' : say.minimum(money(monthlyMinimum));
  const cap = monthlyCap === null ? '' : say.cap(money(monthlyCap));
  return `${tariffText(tariff, unit, speak)}${free}${minimum}${cap}`;
}

function tariffText(tariff: Tariff, unit: UsageUnit, speak: Speaker): string {
  const { say, rate, number } = speak;
  switch (tariff.model) {
    case 'flat':
      return say.perUnit(rate(tariff.rate), speak.unit(unit));
    case 'package':
      return say.perPackage(rate(tariff.rate), number(tariff.size), speak.unit(unit, tariff.size));
    default: {
      const tiers = tariff.tiers.map((tier) =>
        tier.upTo === null ? say.beyond(rate(tier.rate)) : say.upTo(rate(tier.rate), number(tier.upTo)),
      );
      return say[tariff.model](tiers.join(', '), speak.unit(unit));
    }
  }
}

/** What a line is called. */
export function lineName({ components }: Price, { componentId, kind }: RatedLine): LocalizedText {
  const component = components.find(({ id }) => id === componentId);
  if (component !== undefined) return component.name;
  if (isPlanLine(kind)) return { fr: planLines.fr[kind], en: planLines.en[kind] };
  throw new Error(`the price has no component ${componentId}`);
}

/** How a line came about, in words: after one has used. */
export function lineText(price: Price, line: RatedLine, language: Language): string {
  const speak = speaker(price, language);
  const { say, money } = speak;
  const name = lineName(price, line)[language];
  const parts = [
    ...(Number(line.included) > 0 ? [say.free(speak.number(line.included), unitOf(line, line.included, speak))] : []),
    ...line.steps
      .filter((step, index) => index === 0 || Number(step.quantity) > 0)
      .map((one) => stepText(line, one, speak)),
  ];
  const reckoned = [parts.join(' + '), money(line.uncapped)].filter((text) => text !== '').join(' = ');
  return [
    say.colon(name, reckoned),
    line.minimumApplied && line.monthlyMinimum !== null ? say.minimumApplied(money(line.monthlyMinimum)) : '',
    line.capApplied && line.monthlyCap !== null ? say.capApplied(money(line.monthlyCap)) : '',
    ...line.reductions.map(({ kind, amount }) =>
      kind === 'prepaid' ? say.takenFromPrepaid(money(amount)) : say.planCapApplied(money(amount)),
    ),
  ].join('');
}

function unitOf({ unit }: RatedLine, quantity: string, speak: Speaker): string {
  return unit === 'period' || unit === 'once' ? '' : speak.unit(unit, quantity);
}

function stepText(line: RatedLine, { quantity, rate, size }: PriceStep, speak: Speaker): string {
  const { say, number } = speak;
  if (line.unit === 'once') return speak.rate(rate);
  if (line.unit === 'period') return say.period(number(quantity), speak.rate(rate));
  if (size === undefined) return say.times(number(quantity), unitOf(line, quantity, speak), speak.rate(rate));
  return say.package(number(quantity), number(size), unitOf(line, size, speak), speak.rate(rate));
}

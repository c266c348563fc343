import { defineCatalogue, type Language, localeOf } from '../../kernel/base/i18n.ts';
import { formatMoney } from '../../kernel/base/money.ts';
import { capOf, type Price, type PriceComponent, type UsageUnit } from './domain/plan.ts';
import type { RatedLine } from './domain/rate.ts';

const units = {
  fr: { second: 'seconde entamée', minute: 'minute entamée', hour: 'heure entamée' },
  en: { second: 'started second', minute: 'started minute', hour: 'started hour' },
} as const satisfies Record<Language, Record<UsageUnit, string>>;

const manyUnits = {
  fr: { second: 'secondes entamées', minute: 'minutes entamées', hour: 'heures entamées' },
  en: { second: 'started seconds', minute: 'started minutes', hour: 'started hours' },
} as const satisfies Record<Language, Record<UsageUnit, string>>;

const texts = defineCatalogue({
  fr: {
    rate: (name: string, rate: string, unit: string) => `${name} : ${rate} HT par ${unit}`,
    cap: (cap: string) => `, au plus ${cap} HT par mois civil`,
    line: (name: string, quantity: string, unit: string, rate: string, amount: string) =>
      `${name} : ${quantity} ${unit} × ${rate} = ${amount}`,
    capApplied: (cap: string) => `, ramené au plafond du mois : ${cap}`,
  },
  en: {
    rate: (name: string, rate: string, unit: string) => `${name}: ${rate} excl. VAT per ${unit}`,
    cap: (cap: string) => `, at most ${cap} excl. VAT per calendar month`,
    line: (name: string, quantity: string, unit: string, rate: string, amount: string) =>
      `${name}: ${quantity} ${unit} × ${rate} = ${amount}`,
    capApplied: (cap: string) => `, reduced to the month’s cap: ${cap}`,
  },
});

/** A rate with all its decimals: `0,0025 €`. */
function formatRate(rate: string, currency: string, language: Language): string {
  const format = new Intl.NumberFormat(localeOf(language), {
    style: 'currency',
    currency,
    ...{ minimumFractionDigits: 2, maximumFractionDigits: 8 },
  });
  return format.format(rate as Intl.StringNumericLiteral);
}

/** What a component costs, in words: before one buys. */
export function priceText(price: Price, component: PriceComponent, language: Language): string {
  const say = texts(language);
  const rate = formatRate(component.rate, price.currency, language);
  const cap = capOf(price, component);
  const text = say.rate(component.name[language], rate, units[language][component.unit]);
  return cap === null ? text : `${text}${say.cap(formatMoney(cap, language))}`;
}

/** How a line came about, in words: after one has used. */
export function lineText(price: Price, component: PriceComponent, line: RatedLine, language: Language): string {
  const say = texts(language);
  const { currency } = price;
  const plural = new Intl.PluralRules(localeOf(language)).select(Number(line.quantity)) === 'one' ? units : manyUnits;
  const text = say.line(
    component.name[language],
    new Intl.NumberFormat(localeOf(language)).format(line.quantity),
    plural[language][line.unit],
    formatRate(line.rate, currency, language),
    formatMoney({ minor: line.uncapped, currency }, language),
  );
  return line.capApplied ? `${text}${say.capApplied(formatMoney({ minor: line.amount, currency }, language))}` : text;
}

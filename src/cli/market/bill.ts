import type { Bill } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { record } from '../output.ts';
import { costCentreText } from './approval.ts';
import { moneyText, words } from './render.ts';

const texts = defineCatalogue({
  fr: {
    what: 'offre',
    costCentre: 'centre de coûts',
    month: 'mois',
    line: 'détail',
    net: 'total HT',
    total: 'total TTC',
  },
  en: {
    what: 'offering',
    costCentre: 'cost centre',
    month: 'month',
    line: 'line',
    net: 'total excl. VAT',
    total: 'total incl. VAT',
  },
});

/** A bill as a person reads it: each line says how it came about. */
export function billLines(
  bill: Bill,
  language: Language,
  before: readonly (readonly [string, unknown])[] = [],
): string[] {
  const t = texts(language);
  return record([
    ...before,
    [t.what, words(bill.title, language)],
    [t.costCentre, costCentreText(bill.costCentre)],
    [t.month, bill.month],
    ...bill.lines.flatMap(({ text }) => text).map((text) => [t.line, text] as const),
    [t.net, moneyText(bill.totalWithoutVat, language)],
    ...bill.vat.map(({ text, vat }) => [text, moneyText(vat, language)] as const),
    [t.total, moneyText(bill.total, language)],
  ]);
}

import type { Amount } from '../../client/market.ts';
import type { Language, LocalizedText } from '../../kernel/base/i18n.ts';
import { formatMoney } from '../../kernel/base/money.ts';

/** `12,34 €` for `{ amount: "12.34", currency: "EUR" }`. */
export function moneyText(amount: Amount, language: Language): string {
  return formatMoney({ minor: minorOf(amount), currency: amount.currency }, language);
}

/** Cents, exactly. */
export function minorOf({ amount }: Amount): bigint {
  const [whole = '0', decimals = ''] = amount.replace('-', '').split('.');
  const minor = BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0'));
  return amount.startsWith('-') ? -minor : minor;
}

/** `2026-03-31 23:59:59 UTC`, from the API's ISO 8601; empty for what has not happened. */
export function timeText(instant: string | null): string {
  return instant === null ? '' : `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;
}

/** The text in the reader's language. */
export function words(text: LocalizedText, language: Language): string {
  return text[language];
}

import { type Static, Type } from 'typebox';
import { badRequest } from '../base/errors.ts';
import { isUuid } from '../base/ids.ts';
import { decimalText, type Money } from '../base/money.ts';

/** Pieces that the schemas of our own APIs (market, box) share. */

/** An amount: `{ "amount": "12.34", "currency": "EUR" }`, at most two decimals. */
export const MoneySchema = Type.Object(
  {
    amount: Type.String({ pattern: '^-?(0|[1-9][0-9]{0,13})(\\.[0-9]{1,2})?$', description: 'in major units: 12.34' }),
    currency: Type.Literal('EUR'),
  },
  { additionalProperties: false },
);

/** A non-negative decimal with up to eight places, as text: a rate or a percentage. */
export const DecimalText = Type.String({ pattern: '^(0|[1-9][0-9]{0,8})(\\.[0-9]{1,8})?$' });

/** A text in every language of the house. */
export const LocalizedTextSchema = Type.Object(
  {
    fr: Type.String({ minLength: 1, maxLength: 10_000 }),
    en: Type.String({ minLength: 1, maxLength: 10_000 }),
  },
  { additionalProperties: false },
);

/** The id of one of our things. */
export const IdSchema = Type.String({ format: 'uuid' });

/** The id of a user, project or domain, as Keystone or another identity service writes it. */
export const KeystoneIdSchema = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });

/** `limit` and `after` (the last id of the page before) of every list. */
export const PageQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
    after: Type.Optional(IdSchema),
  },
  { additionalProperties: false },
);
export type Page = Static<typeof PageQuery>;

/** The first and the next page of anything ordered by id. */
export function pageBounds(page: Page): { limit: number; after: string } {
  return { limit: page.limit ?? 100, after: page.after ?? '00000000-0000-0000-0000-000000000000' };
}

/** What a list answers; `next` goes into `after`. */
export function pageOf<T extends { readonly id: string }>(page: Page, items: readonly T[]): object {
  const last = items.length === pageBounds(page).limit ? items.at(-1) : undefined;
  return { items, next: last?.id ?? null };
}

/** Refuses what cannot be an id before it reaches a `uuid` column. */
export function requireUuid(name: string, text: string): string {
  if (!isUuid(text)) throw badRequest(`${name} must be a UUID.`);
  return text;
}

/** Money as the API writes it. */
export function moneyView(amount: Money): { amount: string; currency: string } {
  return { amount: decimalText(amount.minor), currency: amount.currency };
}

/** Money as the API reads it; the schema has checked the form. */
export function parseMoney({ amount, currency }: { amount: string; currency: string }): Money {
  const [whole = '0', decimals = ''] = amount.replace('-', '').split('.');
  const minor = BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0'));
  return { minor: amount.startsWith('-') ? -minor : minor, currency };
}

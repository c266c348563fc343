import type { Language } from '../../../kernel/base/i18n.ts';
import type { PriceBook } from './price-book.ts';

/** What makes a store look like its owner's. Colours are CSS hexadecimal, for the console's variables. */
export interface Brand {
  readonly name: string;
  readonly logoText: string;
  readonly colours: Readonly<Record<string, string>>;
}

/** A white-label store of a reseller (or the operator's own). */
export interface Store {
  readonly id: string;
  readonly slug: string;
  readonly resellerId: string;
  readonly brand: Brand;
  readonly languages: readonly Language[];
  /** Percent that it adds to base prices where its price book says nothing else. */
  readonly marginPercent: string;
  readonly priceBook: PriceBook;
  readonly createdAt: Date;
}

/** A store with all that it sells, as its reseller changes it. */
export interface StoreSelection extends Store {
  readonly offeringIds: readonly string[];
}

/** The slug that a Host header names: `shop` for `shop.localhost:8000` when stores live under `localhost`. */
export function slugOf(host: string | undefined, domain: string): string | undefined {
  const name = (host ?? '').toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  const suffix = `.${domain}`;
  const slug = name.endsWith(suffix) ? name.slice(0, -suffix.length) : '';
  return /^[a-z0-9-]{1,63}$/.test(slug) ? slug : undefined;
}

/** A Host header as it may be said back: whoever forges one gets no more of it than a host name can hold. */
export function shownHost(host: string | undefined): string {
  return (host ?? '').replace(/[^\x21-\x7e]/g, '').slice(0, 255);
}

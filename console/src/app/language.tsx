import { createContext, type ReactNode, use, useMemo, useState } from 'react';
import { type Language, type LocalizedText, languages, localeOf } from '../../../src/kernel/base/i18n.ts';

export { defineCatalogue } from '../../../src/kernel/base/i18n.ts';

const storageKey = 'andromede.language';

const isLanguage = (text: string | null): text is Language => languages.some((known) => known === text);

/** The reader's own choice, or what the server made of `Accept-Language`. */
export function initialLanguage(): Language {
  const chosen = localStorage.getItem(storageKey);
  const { lang } = document.documentElement;
  if (isLanguage(chosen)) return chosen;
  return isLanguage(lang) ? lang : 'fr';
}

interface LanguageContext {
  readonly language: Language;
  readonly choose: (language: Language) => void;
}

const Context = createContext<LanguageContext>({ language: 'fr', choose: () => undefined });

/** Tells every page the language; a choice is kept for the next visit. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(initialLanguage);
  document.documentElement.lang = language;
  const value = useMemo(
    () => ({
      language,
      choose(chosen: Language) {
        localStorage.setItem(storageKey, chosen);
        setLanguage(chosen);
      },
    }),
    [language],
  );
  return <Context value={value}>{children}</Context>;
}

export function useLanguage(): LanguageContext {
  return use(Context);
}

/** A catalogue's texts in the reader's language. */
export function useTexts<T>(catalogue: (language: Language) => T): T {
  return catalogue(use(Context).language);
}

/** Amounts, dates and publishers' texts as the reader writes them. */
export interface Format {
  /** `12,34 €` for `{ amount: "12.34", currency: "EUR" }`, exact whatever the size. */
  money(amount: { readonly amount: string; readonly currency: string }): string;
  /** The same for a rate, which may have more decimals than the currency: `0,144 €`. */
  rate(amount: string, currency: string): string;
  /** `France` for `FR`. */
  country(code: string): string;
  number(value: number, options?: Intl.NumberFormatOptions): string;
  /** `25 novembre 2026 à 16:05`, in the reader's time zone. */
  dateTime(iso: string): string;
  date(iso: string): string;
  /** `novembre 2026` for `2026-11`. */
  month(yearMonth: string): string;
  /** `nov.` for `2026-11`. */
  shortMonth(yearMonth: string): string;
  /** `512 Mio`, from MiB. */
  mebibytes(value: number): string;
  bytes(value: number): string;
  words(text: LocalizedText): string;
  list(items: readonly string[]): string;
}

function formatFor(language: Language): Format {
  const locale = localeOf(language);
  const number = (value: number, options?: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(locale, options).format(value);
  const units = language === 'fr' ? ['o', 'Kio', 'Mio', 'Gio', 'Tio'] : ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  function bytes(value: number): string {
    const power = value <= 0 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
    return `${number(value / 1024 ** power, { maximumFractionDigits: 1 })}\u00a0${units[power]}`;
  }
  return {
    number,
    bytes,
    money: ({ amount, currency }) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount as Intl.StringNumericLiteral),
    rate: (amount, currency) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: 8 }).format(
        amount as Intl.StringNumericLiteral,
      ),
    country: (code) => new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code,
    dateTime: (iso) => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' }).format(new Date(iso)),
    date: (iso) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(new Date(iso)),
    month: (yearMonth) =>
      new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
        new Date(`${yearMonth}-01T00:00:00Z`),
      ),
    shortMonth: (yearMonth) =>
      new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' }).format(
        new Date(`${yearMonth}-01T00:00:00Z`),
      ),
    mebibytes: (value) => bytes(value * 1024 ** 2),
    words: (text) => text[language],
    list: (items) => new Intl.ListFormat(locale).format(items),
  };
}

const formats = { fr: formatFor('fr'), en: formatFor('en') };

export function useFormat(): Format {
  return formats[use(Context).language];
}

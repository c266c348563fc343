/** The languages in which everything a person reads exists. */
export const languages = ['fr', 'en'] as const;
export type Language = (typeof languages)[number];

/** A text, or a function of its parameters, per key. */
export type Messages = Readonly<Record<string, string | ((...args: never[]) => string)>>;

/** The same keys, each with a text, or with a function of the same parameters. */
export type Translated<M extends Messages> = { readonly [K in keyof M]: M[K] extends string ? string : M[K] };

/**
 * A catalogue of texts in every language. The French texts give the type; a key that is missing in another language,
 * or takes other parameters, does not compile.
 */
export function defineCatalogue<const M extends Messages>(texts: {
  readonly fr: M;
  readonly en: NoInfer<Translated<M>>;
}): (language: Language) => Translated<M> {
  return (language) => texts[language] as Translated<M>;
}

/** A text that a publisher writes in each language it sells in; French is the house's fallback. */
export type LocalizedText = { readonly fr: string; readonly en: string };

/** The best of our languages for an `Accept-Language` header (RFC 9110, 12.5.4); French when nothing matches. */
export function preferredLanguage(header: string | undefined): Language {
  if (header === undefined) return 'fr';
  const wanted = header
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const q = parameters.map((p) => p.trim()).find((p) => p.startsWith('q='));
      return { tag: tag.split('-')[0] ?? '', weight: q === undefined ? 1 : Number(q.slice(2)) || 0 };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { tag } of wanted) {
    const language = languages.find((known) => known === tag);
    if (language !== undefined) return language;
  }
  return 'fr';
}

const locales: Record<Language, string> = { fr: 'fr-FR', en: 'en-GB' };

/** The BCP 47 locale used for amounts, dates and plurals. */
export function localeOf(language: Language): string {
  return locales[language];
}

const numberFormats = new Map<string, Intl.NumberFormat>();

/** How the language writes numbers. Kept: to make one takes many times as long as to use it. */
export function numberFormat(language: Language, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language} ${JSON.stringify(options)}`;
  const format = numberFormats.get(key) ?? new Intl.NumberFormat(localeOf(language), options);
  numberFormats.set(key, format);
  return format;
}

import { describe, expect, it } from 'vitest';
import { defineCatalogue, preferredLanguage } from './i18n.ts';

const texts = defineCatalogue({
  fr: { hello: 'Bonjour', bill: (amount: string) => `Vous devez ${amount}` },
  en: { hello: 'Hello', bill: (amount: string) => `You owe ${amount}` },
});

describe('a catalogue of texts', () => {
  it('speaks both languages', () => {
    expect(texts('fr').hello).toBe('Bonjour');
    expect(texts('en').bill('€1.00')).toBe('You owe €1.00');
  });

  it('does not compile when a translation is missing', () => {
    // @ts-expect-error: `hello` is missing in English.
    defineCatalogue({ fr: { hello: 'Bonjour' }, en: {} });
  });
});

describe('the language of an Accept-Language header', () => {
  it.each([
    [undefined, 'fr'],
    ['en', 'en'],
    ['de, en-US;q=0.7, fr;q=0.3', 'en'],
    ['fr-CA, en;q=0.9', 'fr'],
    ['en;q=0, *', 'fr'],
    [';;;,,q=', 'fr'],
  ] as const)('%s is %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });
});

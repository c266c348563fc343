import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isIban, type LegalNumbers, wrongNumbers } from './numbers.ts';

const wrong = (numbers: Partial<LegalNumbers>) =>
  wrongNumbers({ country: 'FR', registrationNumber: null, vatId: null, iban: null, ...numbers });

describe('an organisation’s numbers', () => {
  it('are taken when their check digits agree', () => {
    const french = { registrationNumber: '552008443', vatId: 'FR40303265045', iban: 'FR1420041010050500013M02606' };
    expect(wrong(french)).toEqual([]);
    expect(wrong({ country: 'DE', registrationNumber: 'HRB 1', vatId: 'DE136695976' })).toEqual([]);
    expect(wrong({ country: 'GR', vatId: 'EL094259216' })).toEqual([]);
    // Not of the Union: nobody here can tell.
    expect(wrong({ country: 'CA', vatId: 'CA123' })).toEqual([]);
  });

  it('are refused by name when they cannot be right', () => {
    const french = { registrationNumber: '552008444', vatId: 'FR41303265045', iban: 'FR1420041010050500013M02607' };
    expect(wrong(french)).toEqual(['registrationNumber', 'vatId', 'iban']);
  });
});

it('no digit of an IBAN can be changed, and no two neighbours swapped, without its being noticed', () => {
  const iban = 'DE89370400440532013000';
  const digit = fc.integer({ min: 2, max: iban.length - 1 });
  fc.assert(
    fc.property(digit, fc.integer({ min: 1, max: 9 }), (at, by) => {
      const changed = `${iban.slice(0, at)}${(Number(iban[at]) + by) % 10}${iban.slice(at + 1)}`;
      expect(isIban(changed)).toBe(false);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 4, max: iban.length - 2 }), (at) => {
      const [one = '', other = ''] = iban.slice(at);
      const swapped = `${iban.slice(0, at)}${other}${one}${iban.slice(at + 2)}`;
      expect(isIban(swapped)).toBe(one === other);
    }),
  );
});

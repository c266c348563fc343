import { euVat, stdnum } from 'stdnum';

/** What an organisation says of itself that has check digits. */
export interface LegalNumbers {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly registrationNumber: string | null;
  readonly vatId: string | null;
  readonly iban: string | null;
}

/** The numbers that cannot be right, whoever has them. */
export function wrongNumbers(numbers: LegalNumbers): (keyof LegalNumbers)[] {
  const { country, registrationNumber, vatId, iban } = numbers;
  const wrong: (keyof LegalNumbers)[] = [];
  const isFrench = country === 'FR' && registrationNumber !== null;
  if (isFrench && !stdnum.FR?.siren?.validate(registrationNumber).isValid) wrong.push('registrationNumber');
  if (vatId !== null && !isVatId(vatId)) wrong.push('vatId');
  if (iban !== null && !isIban(iban)) wrong.push('iban');
  return wrong;
}

/** A VAT id of a country of the Union, by that country's rule; others' are taken as they are. */
function isVatId(vatId: string): boolean {
  // Greece writes EL before its numbers (Council Directive 2006/112/EC, article 215).
  const country = vatId.startsWith('EL') ? 'GR' : vatId.slice(0, 2);
  const validators = euVat[country];
  return validators === undefined || validators.some(({ validate }) => validate(vatId.slice(2)).isValid);
}

/** ISO 13616: four characters moved to the end, letters as numbers from 10, modulo 97 is 1. */
export function isIban(iban: string): boolean {
  if (!/^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/.test(iban)) return false;
  const digits = [...iban.slice(4), ...iban.slice(0, 4)].map((character) => Number.parseInt(character, 36)).join('');
  return BigInt(digits) % 97n === 1n;
}

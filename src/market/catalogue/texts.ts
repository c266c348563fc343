import { defineCatalogue } from '../../kernel/base/i18n.ts';
import type { ParameterProblem } from './domain/parameters.ts';

const french: Record<ParameterProblem['problem'], (expected: string) => string> = {
  unknown: (expected) => `n’existe pas (paramètres : ${expected || 'aucun'})`,
  missing: (expected) => `manque (${expected})`,
  'wrong-type': (expected) => `doit être de type ${expected}`,
  'not-allowed': (expected) => `doit être l’une des valeurs : ${expected}`,
  'too-small': (expected) => `doit valoir ou mesurer au moins ${expected}`,
  'too-large': (expected) => `doit valoir ou mesurer au plus ${expected}`,
};
const english: Record<ParameterProblem['problem'], (expected: string) => string> = {
  unknown: (expected) => `does not exist (parameters: ${expected || 'none'})`,
  missing: (expected) => `is missing (${expected})`,
  'wrong-type': (expected) => `must be of type ${expected}`,
  'not-allowed': (expected) => `must be one of: ${expected}`,
  'too-small': (expected) => `must be, or be as long as, at least ${expected}`,
  'too-large': (expected) => `must be, or be as long as, at most ${expected}`,
};

const list = (problems: readonly ParameterProblem[], texts: typeof french, colon: string): string =>
  problems.map(({ name, problem, expected }) => `${name.slice(0, 64)} ${texts[problem](expected)}`).join(colon);

/** What the market tells people about offerings. */
export const catalogueTexts = defineCatalogue({
  fr: {
    offeringNotFound: (id: string) => `L’offre ${id} est introuvable.`,
    versionNotFound: (number: number) => `L’offre n’a pas de version ${number}.`,
    planNotFound: (id: string) => `La formule ${id} est introuvable.`,
    needsPlan: 'Une offre a besoin d’une formule avant d’être publiée.',
    needsProject: 'Publiez avec un jeton d’un projet : Heat y vérifie le modèle.',
    parameters: (problems: readonly ParameterProblem[]) => `Paramètres : ${list(problems, french, ' ; ')}.`,
  },
  en: {
    offeringNotFound: (id: string) => `Offering ${id} could not be found.`,
    versionNotFound: (number: number) => `The offering has no version ${number}.`,
    planNotFound: (id: string) => `Plan ${id} could not be found.`,
    needsPlan: 'An offering needs a plan before it is published.',
    needsProject: 'Publish with a token of a project: Heat checks the template there.',
    parameters: (problems: readonly ParameterProblem[]) => `Parameters: ${list(problems, english, '; ')}.`,
  },
});

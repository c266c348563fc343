import { defineCatalogue } from '../../kernel/base/i18n.ts';
import type { CompositionProblem } from './domain/composition.ts';
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

const wrongFrench: Record<CompositionProblem['problem'], (expected: string) => string> = {
  'duplicate-name': () => 'deux composants ont ce nom',
  'unknown-offering': (id) => `l’offre ${id} n’est pas publiée`,
  'composite-inside': () => 'une offre composée ne peut pas en contenir une autre',
  'unknown-plan': (plans) => `cette formule n’est pas de cette offre (formules : ${plans || 'aucune'})`,
  'unknown-component': (names) => `ce composant n’existe pas (composants : ${names})`,
  'unknown-output': (outputs) => `cette sortie n’existe pas (sorties : ${outputs || 'aucune'})`,
  'unknown-parameter': (parameters) => `ce paramètre n’existe pas (paramètres : ${parameters || 'aucun'})`,
  'unknown-input': (inputs) => `cette entrée n’existe pas (entrées : ${inputs || 'aucune'})`,
  'missing-input': (type) => `cette entrée doit être alimentée (${type})`,
  'type-mismatch': (types) => `le type doit être ${types}`,
  cycle: () => 'ces composants s’attendent en cercle',
};
const wrongEnglish: Record<CompositionProblem['problem'], (expected: string) => string> = {
  'duplicate-name': () => 'two components have this name',
  'unknown-offering': (id) => `offering ${id} is not published`,
  'composite-inside': () => 'a composite cannot contain another one',
  'unknown-plan': (plans) => `that plan is not one of this offering (plans: ${plans || 'none'})`,
  'unknown-component': (names) => `there is no such component (components: ${names})`,
  'unknown-output': (outputs) => `there is no such output (outputs: ${outputs || 'none'})`,
  'unknown-parameter': (parameters) => `there is no such parameter (parameters: ${parameters || 'none'})`,
  'unknown-input': (inputs) => `there is no such input (inputs: ${inputs || 'none'})`,
  'missing-input': (type) => `this input has to be fed (${type})`,
  'type-mismatch': (types) => `the type has to be ${types}`,
  cycle: () => 'these components wait for one another',
};

const edges = (problems: readonly CompositionProblem[], words: typeof wrongFrench, colon: string): string =>
  problems.map(({ edge, problem, expected }) => `${edge}${colon}${words[problem](expected)}`).join('; ');

const list = (problems: readonly ParameterProblem[], texts: typeof french, colon: string): string =>
  problems.map(({ name, problem, expected }) => `${name.slice(0, 64)} ${texts[problem](expected)}`).join(colon);

/** What the market tells people about offerings. */
export const catalogueTexts = defineCatalogue({
  fr: {
    offeringNotFound: (id: string) => `L’offre ${id} est introuvable.`,
    versionNotFound: (number: number) => `L’offre n’a pas de version ${number}.`,
    planNotFound: (id: string) => `La formule ${id} est introuvable.`,
    needsPlan: 'Une offre a besoin d’une formule avant d’être publiée.',
    needsReview: (state: string) =>
      `La version est « ${state} » : l’opérateur doit l’approuver avant sa publication (submit, puis review).`,
    wrongState: (state: string) => `La version est « ${state} » : cela ne se peut plus, ou pas encore.`,
    codeTaken: (code: string) => `Une autre formule de l’offre a déjà le code « ${code} ».`,
    componentRetired: (name: string) => `Le composant « ${name} » n’est plus en vente.`,
    composition: (problems: readonly CompositionProblem[]) => `Composition : ${edges(problems, wrongFrench, ' : ')}.`,
    parameters: (problems: readonly ParameterProblem[]) => `Paramètres : ${list(problems, french, ' ; ')}.`,
  },
  en: {
    offeringNotFound: (id: string) => `Offering ${id} could not be found.`,
    versionNotFound: (number: number) => `The offering has no version ${number}.`,
    planNotFound: (id: string) => `Plan ${id} could not be found.`,
    needsPlan: 'An offering needs a plan before it is published.',
    needsReview: (state: string) =>
      `The version is “${state}”: the operator has to approve it before it is published (submit, then review).`,
    wrongState: (state: string) => `The version is “${state}”: that is no longer possible, or not yet.`,
    codeTaken: (code: string) => `Another plan of the offering has the code “${code}”.`,
    componentRetired: (name: string) => `The component “${name}” is no longer on sale.`,
    composition: (problems: readonly CompositionProblem[]) => `Composition: ${edges(problems, wrongEnglish, ': ')}.`,
    parameters: (problems: readonly ParameterProblem[]) => `Parameters: ${list(problems, english, '; ')}.`,
  },
});

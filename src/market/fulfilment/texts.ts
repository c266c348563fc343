import { defineCatalogue } from '../../kernel/base/i18n.ts';
import type { OutputProblem } from './domain/fulfilment.ts';

const list = (problems: readonly OutputProblem[], words: Record<OutputProblem['problem'], string>): string =>
  problems.map(({ name, problem, expected }) => `${name.slice(0, 64)} ${words[problem]} (${expected})`).join('; ');

/** What the market tells people about endpoints, callbacks and tasks. */
export const fulfilmentTexts = defineCatalogue({
  fr: {
    needsProject: 'Publiez avec un jeton d’un projet : Heat y vérifie le modèle.',
    endpointNotFound: (id: string) => `Le point d’accès ${id} est introuvable.`,
    badUrl: 'L’adresse doit être une URL https, ou http dans un réseau que l’opérateur autorise, sans identifiants.',
    brokerNeedsPassword: 'Un courtier a besoin d’un identifiant et d’un mot de passe.',
    onlyWebhooks:
      'Seuls les webhooks ont un secret que nous fabriquons ; donnez à un courtier son mot de passe à sa création.',
    noIntegrator: (id: string) =>
      `L’organisation ${id} ne peut pas recevoir de tâches : il lui faut le rôle « integrator ».`,
    noCatalogue: (status: number) => `Le courtier n’a pas donné son catalogue (réponse ${status}).`,
    noService: (id: string) => `Le catalogue du courtier n’a pas le service ${id}.`,
    noBrokerPlan: (id: string) => `Le catalogue du courtier n’a pas la formule ${id} de ce service.`,
    notBindable: (id: string) => `La formule ${id} du courtier ne se lie pas : bind doit être faux.`,
    operationNotFound: (id: string) => `L’opération ${id} est introuvable.`,
    operationOver: 'L’opération est finie autrement : ceci ne change plus rien.',
    wrongOutputs: (problems: readonly OutputProblem[]) =>
      `Sorties : ${list(problems, { missing: 'manque', unknown: 'n’est pas promise', 'wrong-type': 'n’a pas le bon type' })}.`,
    taskNotFound: (id: string) => `La tâche ${id} est introuvable.`,
    taskNotOpen: (state: string) => `La tâche est « ${state} » : elle ne peut plus être prise.`,
    notYours: 'Prenez d’abord la tâche : seul qui l’a prise peut dire ce qu’il en est.',
  },
  en: {
    needsProject: 'Publish with a token of a project: Heat checks the template there.',
    endpointNotFound: (id: string) => `Endpoint ${id} could not be found.`,
    badUrl: 'The address must be an https URL, or http within a network that the operator allows, without credentials.',
    brokerNeedsPassword: 'A broker needs a user name and a password.',
    onlyWebhooks: 'Only webhooks have a secret that we make; give a broker its password when you create it.',
    noIntegrator: (id: string) => `Organisation ${id} cannot be given tasks: it needs the role “integrator”.`,
    noCatalogue: (status: number) => `The broker did not give its catalogue (it answered ${status}).`,
    noService: (id: string) => `The broker’s catalogue has no service ${id}.`,
    noBrokerPlan: (id: string) => `The broker’s catalogue has no plan ${id} of that service.`,
    notBindable: (id: string) => `The broker’s plan ${id} is not bindable: bind must be false.`,
    operationNotFound: (id: string) => `Operation ${id} could not be found.`,
    operationOver: 'The operation has ended otherwise: this changes nothing any more.',
    wrongOutputs: (problems: readonly OutputProblem[]) =>
      `Outputs: ${list(problems, { missing: 'is missing', unknown: 'was not promised', 'wrong-type': 'is of the wrong type' })}.`,
    taskNotFound: (id: string) => `Task ${id} could not be found.`,
    taskNotOpen: (state: string) => `The task is “${state}”: it can no longer be claimed.`,
    notYours: 'Claim the task first: only whoever has claimed it can say how it went.',
  },
});

import { defineCatalogue } from '../../kernel/base/i18n.ts';

/** What the market tells people about organisations. */
export const partnersTexts = defineCatalogue({
  fr: {
    organisationNotFound: (id: string) => `L’organisation ${id} est introuvable.`,
    operatorExists: 'Il y a déjà un opérateur sur cette installation.',
    noOperator: 'Il n’y a pas encore d’opérateur : son organisation doit être créée d’abord.',
    wrongNumbers: (names: readonly string[]) =>
      `Ces numéros ne peuvent pas être justes (chiffres de contrôle) : ${names.join(', ')}.`,
    ownersOnly: 'Seul un propriétaire de l’organisation peut faire cela.',
    operatorOnly: 'Seul l’opérateur peut faire cela.',
    roleMissing: (name: string, role: string) => `L’organisation ${name} n’a pas le rôle « ${role} ».`,
    lastOwner: 'Une organisation garde au moins un propriétaire.',
    memberNotFound: (id: string) => `L’utilisateur ${id} n’est pas membre de l’organisation.`,
  },
  en: {
    organisationNotFound: (id: string) => `Organisation ${id} could not be found.`,
    operatorExists: 'This installation already has an operator.',
    noOperator: 'There is no operator yet: its organisation has to be created first.',
    wrongNumbers: (names: readonly string[]) => `These numbers cannot be right (check digits): ${names.join(', ')}.`,
    ownersOnly: 'Only an owner of the organisation can do this.',
    operatorOnly: 'Only the operator can do this.',
    roleMissing: (name: string, role: string) => `Organisation ${name} does not have the role “${role}”.`,
    lastOwner: 'An organisation keeps at least one owner.',
    memberNotFound: (id: string) => `User ${id} is not a member of the organisation.`,
  },
});

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
    invitationNotFound: 'Cette invitation est introuvable : le lien est-il entier ?',
    invitationUsed: 'Cette invitation a déjà servi. Demandez-en une autre à un propriétaire de l’organisation.',
    invitationRevoked: 'Cette invitation a été révoquée.',
    invitationExpired:
      'Cette invitation n’est plus valable. Demandez-en une autre à un propriétaire de l’organisation.',
    applicationNotFound: (id: string) => `La candidature ${id} est introuvable.`,
    applicationDecided: (state: string) => `Cette candidature n’attend plus : son état est « ${state} ».`,
    applicantOnly: 'Seul qui a fait la candidature peut la retirer.',
    refusalNeedsReason: 'Un refus donne sa raison, que lit qui a fait la candidature.',
    tooManyApplications: (count: number) => `Vous avez déjà ${count} candidatures en attente : attendez ou retirez-en.`,
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
    invitationNotFound: 'This invitation could not be found: is the link whole?',
    invitationUsed: 'This invitation has been used. Ask an owner of the organisation for another.',
    invitationRevoked: 'This invitation was revoked.',
    invitationExpired: 'This invitation is no longer good. Ask an owner of the organisation for another.',
    applicationNotFound: (id: string) => `Application ${id} could not be found.`,
    applicationDecided: (state: string) => `This application does not wait any more: its state is “${state}”.`,
    applicantOnly: 'Only who made the application can withdraw it.',
    refusalNeedsReason: 'A refusal gives its reason, which the applicant reads.',
    tooManyApplications: (count: number) => `You have ${count} applications waiting already: wait, or withdraw some.`,
    memberNotFound: (id: string) => `User ${id} is not a member of the organisation.`,
  },
});

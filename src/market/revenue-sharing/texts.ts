import { defineCatalogue } from '../../kernel/base/i18n.ts';

/** What the market tells people about sharing revenue. */
export const sharingTexts = defineCatalogue({
  fr: {
    noAgreement: 'L’opérateur et l’éditeur n’ont pas encore d’accord de partage des revenus signé des deux côtés.',
    agreementNotFound: (id: string) => `L’accord ${id} est introuvable.`,
    ownersSign: 'Seul un propriétaire de l’organisation de l’éditeur signe pour elle.',
    newerInForce: (version: number) => `La version ${version} est en vigueur : une plus ancienne ne se signe plus.`,
  },
  en: {
    noAgreement: 'The operator and the publisher have no revenue-sharing agreement yet that both have signed.',
    agreementNotFound: (id: string) => `Agreement ${id} could not be found.`,
    ownersSign: 'Only an owner of the publisher’s organisation signs for it.',
    newerInForce: (version: number) => `Version ${version} is in force: an older one can no longer be signed.`,
  },
});

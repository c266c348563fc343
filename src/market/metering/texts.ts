import { defineCatalogue } from '../../kernel/base/i18n.ts';

/** What the market tells people about metering. */
export const meteringTexts = defineCatalogue({
  fr: {
    keyNotFound: (id: string) => `La clé ${id} est introuvable.`,
    needsKey: 'Authorization: Bearer CLÉ, avec une clé de comptage qui n’est pas révoquée.',
    notSold: (place: number, id: string) => `body/${place}/subject : vous n’avez pas vendu d’abonnement ${id}.`,
    reserved: (place: number) => `body/${place}/type : les types qui commencent par « andromede. » sont ceux du nuage.`,
  },
  en: {
    keyNotFound: (id: string) => `Key ${id} could not be found.`,
    needsKey: 'Authorization: Bearer KEY, with a metering key that is not revoked.',
    notSold: (place: number, id: string) => `body/${place}/subject: you have not sold a subscription ${id}.`,
    reserved: (place: number) => `body/${place}/type: types that begin with “andromede.” are the cloud’s own.`,
  },
});

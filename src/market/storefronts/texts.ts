import { defineCatalogue } from '../../kernel/base/i18n.ts';

/** What the market tells people about stores. */
export const storefrontTexts = defineCatalogue({
  fr: {
    storeNotFound: (name: string) => `La boutique ${name} est introuvable.`,
    noStoreHere: (host: string) =>
      host === ''
        ? 'La requête ne dit pas à quel hôte elle s’adresse (en-tête Host).'
        : `Aucune boutique ne se trouve à l’adresse ${host}.`,
    slugTaken: (slug: string) => `Le nom « ${slug} » est déjà pris par une autre boutique.`,
    offeringNotPublished: (id: string) => `L’offre ${id} n’est pas publiée.`,
    offerNotFound: (id: string) => `L’offre ${id} n’est pas en vente dans cette boutique.`,
    planNotFound: (id: string) => `La formule ${id} n’est pas en vente dans cette boutique.`,
  },
  en: {
    storeNotFound: (name: string) => `Store ${name} could not be found.`,
    noStoreHere: (host: string) =>
      host === '' ? 'The request does not say which host it is for (header Host).' : `No store is at ${host}.`,
    slugTaken: (slug: string) => `The name “${slug}” is taken by another store.`,
    offeringNotPublished: (id: string) => `Offering ${id} is not published.`,
    offerNotFound: (id: string) => `Offering ${id} is not on sale in this store.`,
    planNotFound: (id: string) => `Plan ${id} is not on sale in this store.`,
  },
});

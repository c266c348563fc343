import { defineCatalogue } from '../../app/language.tsx';

export const storeTexts = defineCatalogue({
  fr: {
    stores: 'Boutiques',
    storesLead: 'Chaque boutique vend son choix d’offres, sous sa marque et à ses prix.',
    noStores: 'Aucune boutique pour l’instant',
    noStoresAdvice: 'Dès qu’un revendeur ouvrira une boutique, vous la trouverez ici.',
    ownAddress: 'Ouvrir à sa propre adresse',
    offerCount: (count: number) => (count < 2 ? `${count} offre` : `${count} offres`),
    lead: (name: string) => `Ce que ${name} propose. Le prix se voit avant de commander.`,
    noOffers: 'Rien à vendre pour l’instant',
    noOffersAdvice: 'Cette boutique n’a pas encore d’offre. Revenez bientôt.',
    from: 'à partir de',
    see: 'Voir l’offre',
    notFound: (slug: string) => `Il n’y a pas de boutique « ${slug} »`,
  },
  en: {
    stores: 'Stores',
    storesLead: 'Each store sells its own selection, under its own brand, at its own prices.',
    noStores: 'No store yet',
    noStoresAdvice: 'As soon as a reseller opens a store, you will find it here.',
    ownAddress: 'Open at its own address',
    offerCount: (count: number) => (count === 1 ? '1 offer' : `${count} offers`),
    lead: (name: string) => `What ${name} offers. You see the price before you order.`,
    noOffers: 'Nothing for sale yet',
    noOffersAdvice: 'This store has no offer yet. Come back soon.',
    from: 'from',
    see: 'See the offer',
    notFound: (slug: string) => `There is no store “${slug}”`,
  },
});

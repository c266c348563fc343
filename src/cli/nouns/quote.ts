import type { Organisation, Quote, Store } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { usageFailure } from '../failures.ts';
import type { Market } from '../market/market.ts';
import { timeText, words } from '../market/render.ts';
import { type Answer, record } from '../output.ts';
import { type Noun, option, pairs, required, segment } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'le prix, avant d’acheter',
    create: 'demande un prix ; il tient sept jours',
    show: 'un prix demandé auparavant',
    store: 'adresse (slug) de la boutique',
    trial:
      'pour un éditeur qui essaie sa propre offre : le numéro de la version, au lieu de la boutique ; jamais facturé',
    subscription: 'l’abonnement dont ce serait la nouvelle formule',
    storeOrTrial: 'dites --store, ou --trial pour essayer votre propre offre',
    offering: 'identifiant de l’offre',
    plan: 'identifiant du plan',
    parameter: 'un champ du formulaire de l’offre, NOM=VALEUR ; répétable',
    organisation: 'votre organisation cliente (sinon la seule dont vous êtes)',
    which: (names: readonly string[]) =>
      `pour quelle organisation ? Dites --organisation (vous êtes de : ${names.join(', ') || 'aucune'})`,
    noStore: (slug: string) => `aucune boutique à l’adresse ${slug}`,
    id: 'identifiant',
    what: 'offre',
    price: 'prix',
    vat: 'TVA',
    parameters: 'paramètres',
    until: 'valable jusqu’au',
  },
  en: {
    noun: 'the price, before one buys',
    create: 'asks for a price; it holds for seven days',
    show: 'a price that was asked for before',
    store: 'address (slug) of the store',
    trial:
      'for a publisher that tries its own offering: the number of the version, instead of the store; never charged',
    subscription: 'the subscription whose new plan it would be',
    storeOrTrial: 'say --store, or --trial to try your own offering',
    offering: 'id of the offering',
    plan: 'id of the plan',
    parameter: 'a field of the offering’s form, NAME=VALUE; may be repeated',
    organisation: 'your customer organisation (the only one you belong to otherwise)',
    which: (names: readonly string[]) =>
      `for which organisation? Say --organisation (you belong to: ${names.join(', ') || 'none'})`,
    noStore: (slug: string) => `no store has the address ${slug}`,
    id: 'id',
    what: 'offering',
    price: 'price',
    vat: 'VAT',
    parameters: 'parameters',
    until: 'valid until',
  },
});

/** Prices asked for. */
export function quoteNoun(language: Language): Noun {
  const t = texts(language);
  const one = (body: Quote): Answer<Quote> => ({
    body,
    lines: record([
      [t.id, body.id],
      [t.what, `${words(body.title, language)} (${words(body.planName, language)})`],
      [t.parameters, Object.entries(body.parameters).map(([name, value]) => `${name}=${value}`)],
      [t.price, body.text],
      [t.vat, `${body.vatRate} %`],
      [t.until, timeText(body.validUntil)],
    ]),
  });

  async function customerId(market: Market): Promise<string> {
    const own = await market.all<Organisation>('/organisations');
    const customers = own.filter(({ roles }) => roles.includes('customer'));
    const [only] = customers;
    if (only === undefined || customers.length > 1) throw usageFailure(t.which(customers.map(({ name }) => name)));
    return only.id;
  }

  async function storeId(market: Market, slug: string): Promise<string> {
    const store = (await market.all<Store>('/stores')).find((one) => one.slug === slug);
    if (store === undefined) throw usageFailure(t.noStore(slug));
    return store.id;
  }

  return {
    name: 'quote',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: `create --store hermine --offering 0199f2c4-7a10-7c55-8d21-6b0f1f0a9c3e \\
    --plan 0199f2c4-7b9c-7e11-9f43-c2d8e0b1a465 --parameter title=Bonjour --cloud employee`,
        flags: [
          { flags: '--store <slug>', text: t.store },
          { flags: '--trial <version>', text: t.trial },
          { flags: '--subscription <subscription>', text: t.subscription },
          { flags: '--offering <offering>', text: t.offering, required: true },
          { flags: '--plan <plan>', text: t.plan, required: true },
          { flags: '--parameter <name=value...>', text: t.parameter },
          { flags: '--organisation <organisation>', text: t.organisation },
        ],
        async run(call) {
          const market = call.market();
          const [slug, trial] = [option(call, 'store'), option(call, 'trial')];
          if ((slug === undefined) === (trial === undefined)) throw usageFailure(t.storeOrTrial);
          const body = {
            organisationId: option(call, 'organisation') ?? (await customerId(market)),
            ...(slug === undefined ? { trialVersion: Number(trial) } : { storeId: await storeId(market, slug) }),
            subscriptionId: option(call, 'subscription'),
            ...{ offeringId: required(call, 'offering'), planId: required(call, 'plan') },
            parameters: pairs(call, 'parameter'),
          };
          return one(await market.post('/quotes', body, call));
        },
      },
      {
        usage: 'show <quote>',
        text: t.show,
        example: 'show 0199f2c5-0d3e-7a88-8c61-5e9b7f2a4d10 --cloud employee',
        run: async (call) => one(await call.market().get(`/quotes/${segment(call)}`)),
      },
    ],
  };
}

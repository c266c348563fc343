import type { Offering, Plan } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { usageFailure } from '../failures.ts';
import { readDocument } from '../market/document.ts';
import { words } from '../market/render.ts';
import { record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Call, type Noun, option, required } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'comment une offre se paie',
    create:
      'ajoute un plan : un prix par unité d’usage, plafonné au mois si on le dit, ou tout ce qu’un fichier en dit',
    list: 'les plans d’une offre, au prix de base',
    offering: 'identifiant de l’offre',
    nameFr: 'nom en français',
    code: 'votre mot pour ce plan (gold), par lequel ceux qui fournissent le connaissent',
    nameEn: 'nom en anglais',
    componentFr: 'ce qui est compté, en français',
    componentEn: 'ce qui est compté, en anglais',
    rate: 'prix de base par unité, en euros hors taxes',
    unit: 'second, minute, hour, month…',
    price: 'fichier JSON ou YAML : le prix entier, avec tous ses éléments, au lieu de --rate',
    priceOrRate: 'dites --rate, ou --price avec un fichier',
    cap: 'au plus ce montant par mois civil, en euros hors taxes',
    meter: 'le type CloudEvents de l’usage qui est compté',
    id: 'identifiant',
    name: 'nom',
    basePrice: 'prix de base',
  },
  en: {
    noun: 'how an offering is paid for',
    create: 'adds a plan: a price for each unit of usage, capped by the month if one says so, or all that a file says',
    list: 'the plans of an offering, at base prices',
    offering: 'id of the offering',
    nameFr: 'name in French',
    code: 'your own word for it (gold), by which those who fulfil know it',
    nameEn: 'name in English',
    componentFr: 'what is counted, in French',
    componentEn: 'what is counted, in English',
    rate: 'base price of a unit, in euros without VAT',
    unit: 'second, minute, hour, month…',
    price: 'JSON or YAML file: the whole price with all its components, instead of --rate',
    priceOrRate: 'say --rate, or --price with a file',
    cap: 'at most this amount a calendar month, in euros without VAT',
    meter: 'the CloudEvents type of the usage that is counted',
    id: 'id',
    name: 'name',
    basePrice: 'base price',
  },
});

/** Plans of offerings. */
export function planNoun(language: Language): Noun {
  const t = texts(language);

  /** The one component that the options describe. */
  const componentOf = (call: Call): object => {
    const cap = option(call, 'monthlyCap');
    const rate = option(call, 'rate');
    if (rate === undefined) throw usageFailure(t.priceOrRate);
    return {
      ...{ kind: 'usage', id: 'usage', meter: required(call, 'meter') },
      name: { fr: required(call, 'componentFr'), en: required(call, 'componentEn') },
      ...{ unit: required(call, 'unit'), rate },
      monthlyCap: cap === undefined ? null : { amount: cap, currency: 'EUR' },
    };
  };

  return {
    name: 'plan',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: `create --offering 0199f2c4-7a10-7c55-8d21-6b0f1f0a9c3e --name-fr 'À la minute' --name-en 'By the minute' \\
    --rate 0.02 --unit minute --monthly-cap 15.00 --cloud publisher`,
        flags: [
          { flags: '--offering <offering>', text: t.offering, required: true },
          { flags: '--name-fr <text>', text: t.nameFr, required: true },
          { flags: '--name-en <text>', text: t.nameEn, required: true },
          { flags: '--code <code>', text: t.code },
          { flags: '--rate <amount>', text: t.rate },
          { flags: '--unit <unit>', text: t.unit, preset: 'minute' },
          { flags: '--monthly-cap <amount>', text: t.cap },
          { flags: '--price <file>', text: t.price },
          { flags: '--meter <type>', text: t.meter, preset: 'andromede.compute.server.usage.v1' },
          { flags: '--component-fr <text>', text: t.componentFr, preset: 'Serveur' },
          { flags: '--component-en <text>', text: t.componentEn, preset: 'Server' },
        ],
        async run(call) {
          const file = option(call, 'price');
          const body = {
            name: { fr: required(call, 'nameFr'), en: required(call, 'nameEn') },
            code: option(call, 'code'),
            price: file === undefined ? { currency: 'EUR', components: [componentOf(call)] } : readDocument(file),
          };
          const path = `/offerings/${encodeURIComponent(required(call, 'offering'))}/plans`;
          const plan = await call.market().post<Plan>(path, body, call);
          const lines = record([
            [t.id, plan.id],
            [t.name, words(plan.name, language)],
            [t.basePrice, plan.text],
          ]);
          return { body: plan, lines };
        },
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --offering 0199f2c4-7a10-7c55-8d21-6b0f1f0a9c3e --cloud publisher',
        flags: [{ flags: '--offering <offering>', text: t.offering, required: true }],
        async run(call) {
          const path = `/offerings/${encodeURIComponent(required(call, 'offering'))}`;
          const { plans } = await call.market().get<Offering>(path);
          const lines = table(
            plans,
            [
              [t.id, ({ id }) => id],
              [t.name, ({ name }) => words(name, language)],
              [t.basePrice, ({ text }) => text],
            ],
            cliTexts(language).none,
          );
          return { body: plans, lines };
        },
      },
    ],
  };
}

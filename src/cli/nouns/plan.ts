import type { Offering, Plan } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { moneyText, words } from '../market/render.ts';
import { record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Noun, option, required } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'comment une offre se paie',
    create: 'ajoute un plan : un prix par unité d’usage entamée, plafonné au mois si on le dit',
    list: 'les plans d’une offre, au prix de base',
    offering: 'identifiant de l’offre',
    nameFr: 'nom en français',
    nameEn: 'nom en anglais',
    componentFr: 'ce qui est compté, en français',
    componentEn: 'ce qui est compté, en anglais',
    rate: 'prix de base par unité, en euros hors taxes',
    unit: 'second, minute ou hour',
    cap: 'au plus ce montant par mois civil, en euros hors taxes',
    meter: 'le type CloudEvents de l’usage qui est compté',
    id: 'identifiant',
    name: 'nom',
    price: 'prix de base',
    capColumn: 'plafond mensuel',
  },
  en: {
    noun: 'how an offering is paid for',
    create: 'adds a plan: a price for each started unit of usage, capped by the month if one says so',
    list: 'the plans of an offering, at base prices',
    offering: 'id of the offering',
    nameFr: 'name in French',
    nameEn: 'name in English',
    componentFr: 'what is counted, in French',
    componentEn: 'what is counted, in English',
    rate: 'base price of a unit, in euros without VAT',
    unit: 'second, minute or hour',
    cap: 'at most this amount a calendar month, in euros without VAT',
    meter: 'the CloudEvents type of the usage that is counted',
    id: 'id',
    name: 'name',
    price: 'base price',
    capColumn: 'monthly cap',
  },
});

/** Plans of offerings. */
export function planNoun(language: Language): Noun {
  const t = texts(language);
  const priceTexts = ({ price }: Plan) => price.components.map(({ rate, unit }) => `${rate} ${price.currency}/${unit}`);
  const capTexts = ({ price }: Plan) =>
    price.components.map(({ monthlyCap }) => (monthlyCap === null ? '-' : moneyText(monthlyCap, language)));
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
          { flags: '--rate <amount>', text: t.rate, required: true },
          { flags: '--unit <unit>', text: t.unit, preset: 'minute' },
          { flags: '--monthly-cap <amount>', text: t.cap },
          { flags: '--meter <type>', text: t.meter, preset: 'andromede.compute.server.usage.v1' },
          { flags: '--component-fr <text>', text: t.componentFr, preset: 'Serveur' },
          { flags: '--component-en <text>', text: t.componentEn, preset: 'Server' },
        ],
        async run(call) {
          const cap = option(call, 'monthlyCap');
          const component = {
            ...{ kind: 'usage', id: 'usage', meter: required(call, 'meter') },
            name: { fr: required(call, 'componentFr'), en: required(call, 'componentEn') },
            ...{ unit: required(call, 'unit'), rate: required(call, 'rate') },
            monthlyCap: cap === undefined ? null : { amount: cap, currency: 'EUR' },
          };
          const body = {
            name: { fr: required(call, 'nameFr'), en: required(call, 'nameEn') },
            price: { currency: 'EUR', components: [component] },
          };
          const path = `/offerings/${encodeURIComponent(required(call, 'offering'))}/plans`;
          const plan = await call.market().post<Plan>(path, body, call);
          const lines = record([
            [t.id, plan.id],
            [t.name, words(plan.name, language)],
            [t.price, priceTexts(plan)],
            [t.capColumn, capTexts(plan)],
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
              [t.price, priceTexts],
              [t.capColumn, capTexts],
            ],
            cliTexts(language).none,
          );
          return { body: plans, lines };
        },
      },
    ],
  };
}

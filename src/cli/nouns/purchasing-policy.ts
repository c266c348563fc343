import type { Amount, PurchasingPolicy } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { readDocument } from '../market/document.ts';
import { moneyText } from '../market/render.ts';
import { type Answer, record } from '../output.ts';
import { type Noun, required, segment } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les règles d’achat d’une organisation : centres de coûts, budgets, accords',
    show: 'les règles, et ce qui est engagé de chaque budget',
    set: 'remplace les règles (réservé aux propriétaires)',
    file: 'fichier JSON ou YAML : costCentres, monthlyBudget, levels…',
    version: 'version',
    costCentre: 'centre de coûts',
    organisation: 'organisation',
    of: (reserved: string, budget: string) => `${reserved} engagés sur ${budget} HT par mois`,
    noBudget: (reserved: string) => `${reserved} engagés par mois, sans budget`,
    levels: 'accords',
    level: (amount: string, by: string) => `au-delà de ${amount} HT par mois : ${by}`,
    manager: 'un responsable',
    owner: 'un propriétaire',
    overBudget: 'au-delà du budget',
    refuse: 'refusé',
    approve: 'un propriétaire doit être d’accord',
    managers: (ids: string) => `responsables : ${ids}`,
  },
  en: {
    noun: 'how an organisation buys: cost centres, budgets, approvals',
    show: 'the policy, and what is reserved of each budget',
    set: 'replaces the policy (owners only)',
    file: 'JSON or YAML file: costCentres, monthlyBudget, levels…',
    version: 'version',
    costCentre: 'cost centre',
    organisation: 'organisation',
    of: (reserved: string, budget: string) => `${reserved} reserved of ${budget} a month excl. VAT`,
    noBudget: (reserved: string) => `${reserved} reserved a month, without a budget`,
    levels: 'approvals',
    level: (amount: string, by: string) => `above ${amount} a month excl. VAT: ${by}`,
    manager: 'a manager',
    owner: 'an owner',
    overBudget: 'over budget',
    refuse: 'refused',
    approve: 'an owner has to agree',
    managers: (ids: string) => `managers: ${ids}`,
  },
});

/** Purchasing policies. */
export function purchasingPolicyNoun(language: Language): Noun {
  const t = texts(language);
  const money = (amount: Amount) => moneyText(amount, language);
  const budget = (reserved: Amount, monthly: Amount | undefined) =>
    monthly === undefined ? t.noBudget(money(reserved)) : t.of(money(reserved), money(monthly));
  const one = (body: PurchasingPolicy): Answer<PurchasingPolicy> => ({
    body,
    lines: record([
      [t.version, body.version],
      [t.organisation, budget(body.reserved, body.monthlyBudget)],
      ...body.costCentres.map(({ code, name, managerIds, monthlyBudget, reserved }) => {
        const managers = managerIds.length === 0 ? '' : `; ${t.managers(managerIds.join(' '))}`;
        return [t.costCentre, `${code} (${name}): ${budget(reserved, monthlyBudget)}${managers}`] as const;
      }),
      ...body.levels.map(({ above, by }) => [t.levels, t.level(money(above), t[by])] as const),
      [t.overBudget, t[body.overBudget]],
    ]),
  });
  const path = (organisation: string) => `/organisations/${organisation}/purchasing-policy`;
  const sample = '0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07';
  return {
    name: 'purchasing-policy',
    text: t.noun,
    verbs: [
      {
        usage: 'show <organisation>',
        text: t.show,
        example: `show ${sample} --cloud employee`,
        run: async (call) => one(await call.market().get(path(segment(call)))),
      },
      {
        usage: 'set <organisation>',
        text: t.set,
        example: `set ${sample} --file policy.yaml --cloud owner`,
        flags: [{ flags: '--file <file>', text: t.file, required: true }],
        async run(call) {
          const market = call.market();
          const { version } = await market.get<PurchasingPolicy>(path(segment(call)));
          const body = { version, ...readDocument(required(call, 'file')) };
          return one(await market.put(path(segment(call)), body));
        },
      },
    ],
  };
}

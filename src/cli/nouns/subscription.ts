import type { Bill, Forecast, SpendingAlert, Subscription } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { costCentreText } from '../market/approval.ts';
import { billLines } from '../market/bill.ts';
import { moneyText, timeText, words } from '../market/render.ts';
import { type Answer, record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { argument, type Call, type Noun, option, seconds, segment } from '../verbs.ts';
import { waitFor } from '../waiting.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'ce qui a été acheté et tourne',
    list: 'les abonnements de vos organisations',
    show: 'un abonnement et ce qu’il donne : son URL, par exemple',
    cost: 'ce qu’il coûte ce mois-ci jusqu’à présent, ligne par ligne',
    forecast: 'ce que coûtera le mois en cours, et à quelle erreur près',
    soFar: 'jusqu’à présent, HT',
    expected: 'prévu, HT',
    between: 'entre',
    error: 'erreur',
    suspend: 'arrête ce qui tourne ; les données restent',
    resume: 'remet en marche ce qui était suspendu',
    credentials: 'montre ses mots de passe et clés, gardés chiffrés : à lui seul le client',
    terminate: 'y met fin : plus rien n’est facturé dès maintenant, tout est libéré',
    month: 'un autre mois : AAAA-MM',
    setCeiling: 'change ce que vous voulez dépenser au plus par mois ; sans --amount, il n’y a plus de plafond',
    amount: 'euros HT par mois',
    alerts: 'quand ses coûts ont approché et atteint le plafond de dépense',
    monthColumn: 'mois',
    percent: 'part du plafond',
    costColumn: 'coût HT',
    at: 'le',
    costCentre: 'centre de coûts',
    wait: 'attend que ce soit fait',
    timeout: 'secondes de patience avec --wait',
    id: 'identifiant',
    what: 'offre',
    plan: 'plan',
    state: 'état',
    stack: 'pile Heat',
    ceiling: 'plafond de dépense',
    since: 'actif depuis',
    until: 'facturé jusqu’au',
    slow: (id: string, state: string) => `l’abonnement ${id} est encore « ${state} »`,
  },
  en: {
    noun: 'what was bought, and runs',
    list: 'the subscriptions of your organisations',
    show: 'one subscription and what it gives: its URL, for instance',
    cost: 'what it costs this month so far, line by line',
    forecast: 'what the running month will cost, and with what error',
    soFar: 'so far, excl. VAT',
    expected: 'expected, excl. VAT',
    between: 'between',
    error: 'error',
    suspend: 'stops what runs; the data stay',
    resume: 'starts again what was suspended',
    credentials: 'shows its passwords and keys, which are kept sealed: to its customer only',
    terminate: 'ends it: from now on nothing is charged, everything is freed',
    month: 'another month: YYYY-MM',
    setCeiling: 'changes what you want to spend a month at most; without --amount there is no ceiling any more',
    amount: 'euros a month excl. VAT',
    alerts: 'when its costs came near the spending ceiling, and to it',
    monthColumn: 'month',
    percent: 'part of the ceiling',
    costColumn: 'cost excl. VAT',
    at: 'at',
    costCentre: 'cost centre',
    wait: 'waits until it is done',
    timeout: 'seconds of patience with --wait',
    id: 'id',
    what: 'offering',
    plan: 'plan',
    state: 'state',
    stack: 'Heat stack',
    ceiling: 'spending ceiling',
    since: 'active since',
    until: 'charged until',
    slow: (id: string, state: string) => `subscription ${id} is still “${state}”`,
  },
});

const sample = '0199f2c5-2f61-7c02-8e44-0b7a9d6c5f31';

/** Subscriptions. */
export function subscriptionNoun(language: Language): Noun {
  const t = texts(language);
  const one = (body: Subscription): Answer<Subscription> => ({
    body,
    lines: record([
      [t.id, body.id],
      [t.what, words(body.title, language)],
      [t.plan, words(body.planName, language)],
      [t.state, body.state],
      [t.stack, body.stackName],
      ...Object.entries(body.outputs),
      [t.costCentre, costCentreText(body.costCentre)],
      [t.ceiling, body.spendingCeiling && moneyText(body.spendingCeiling, language)],
      [t.since, timeText(body.activatedAt)],
      [t.until, timeText(body.endsAt)],
    ]),
  });

  /** Asks for a change and, with `--wait`, waits until it is in one of these states. */
  async function change(
    call: Call,
    verb: string,
    ends: readonly Subscription['state'][],
  ): Promise<Answer<Subscription>> {
    const market = call.market();
    const path = `/subscriptions/${segment(call)}`;
    let last = await market.post<Subscription>(`${path}/${verb}`, {}, call);
    if (call.options.wait !== true) return one(last);
    const look = async () => {
      last = await market.get<Subscription>(path);
      return ends.includes(last.state) ? last : undefined;
    };
    const inVain = () => t.slow(argument(call), last.state);
    return one(await waitFor(look, { seconds: seconds(call, 'timeout'), inVain }));
  }
  const waiting = [
    { flags: '--wait', text: t.wait },
    { flags: '--timeout <seconds>', text: t.timeout, preset: '180' },
  ];

  return {
    name: 'subscription',
    text: t.noun,
    verbs: [
      {
        usage: 'list',
        text: t.list,
        example: 'list --cloud employee',
        async run(call) {
          const items = await call.market().all<Subscription>('/subscriptions');
          const lines = table(
            items,
            [
              [t.id, ({ id }) => id],
              [t.what, ({ title }) => words(title, language)],
              [t.state, ({ state }) => state],
              [t.since, ({ activatedAt }) => timeText(activatedAt)],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'show <subscription>',
        text: t.show,
        example: `show ${sample} --cloud employee`,
        run: async (call) => one(await call.market().get(`/subscriptions/${segment(call)}`)),
      },
      {
        usage: 'cost <subscription>',
        text: t.cost,
        example: `cost ${sample} --month 2026-03 --cloud employee`,
        flags: [{ flags: '--month <month>', text: t.month }],
        async run(call) {
          const month = option(call, 'month');
          const query = month === undefined ? '' : `?month=${encodeURIComponent(month)}`;
          const body = await call.market().get<Bill>(`/subscriptions/${segment(call)}/cost${query}`);
          return { body, lines: billLines(body, language) };
        },
      },
      {
        usage: 'forecast <subscription>',
        text: t.forecast,
        example: `forecast ${sample} --cloud employee`,
        async run(call) {
          const body = await call.market().get<Forecast>(`/subscriptions/${segment(call)}/forecast`);
          const money = (amount: Forecast['low']) => moneyText(amount, language);
          const lines = record([
            [t.soFar, money(body.soFar)],
            [t.expected, money(body.expected)],
            [t.between, `${money(body.low)} – ${money(body.high)}`],
            [t.error, body.errorPercent === null ? '' : `± ${body.errorPercent} %`],
          ]);
          return { body, lines };
        },
      },
      {
        usage: 'set-ceiling <subscription>',
        text: t.setCeiling,
        example: `set-ceiling ${sample} --amount 30.00 --cloud employee`,
        flags: [{ flags: '--amount <amount>', text: t.amount }],
        async run(call) {
          const amount = option(call, 'amount');
          const spendingCeiling = amount === undefined ? null : { amount, currency: 'EUR' };
          return one(await call.market().put(`/subscriptions/${segment(call)}/spending-ceiling`, { spendingCeiling }));
        },
      },
      {
        usage: 'alerts <subscription>',
        text: t.alerts,
        example: `alerts ${sample} --cloud employee`,
        async run(call) {
          const items = await call.market().all<SpendingAlert>(`/subscriptions/${segment(call)}/spending-alerts`);
          const lines = table(
            items,
            [
              [t.monthColumn, ({ month }) => month],
              [t.percent, ({ percent }) => `${percent} %`],
              [t.costColumn, ({ cost }) => moneyText(cost, language)],
              [t.ceiling, ({ ceiling }) => moneyText(ceiling, language)],
              [t.at, ({ at }) => timeText(at)],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'credentials <subscription>',
        text: t.credentials,
        example: `credentials ${sample} --cloud employee`,
        async run(call) {
          const path = `/subscriptions/${segment(call)}/credentials`;
          const body = await call.market().post<{ credentials: Record<string, unknown> }>(path);
          return { body, lines: record(Object.entries(body.credentials)) };
        },
      },
      {
        usage: 'suspend <subscription>',
        text: t.suspend,
        example: `suspend ${sample} --wait --cloud employee`,
        flags: waiting,
        run: (call) => change(call, 'suspend', ['suspended', 'active']),
      },
      {
        usage: 'resume <subscription>',
        text: t.resume,
        example: `resume ${sample} --wait --cloud employee`,
        flags: waiting,
        run: (call) => change(call, 'resume', ['active', 'suspended']),
      },
      {
        usage: 'terminate <subscription>',
        text: t.terminate,
        example: `terminate ${sample} --wait --cloud employee`,
        flags: waiting,
        run: (call) => change(call, 'terminate', ['terminated']),
      },
    ],
  };
}

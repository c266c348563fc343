import type { Order, OrderStep, Subscription } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { CommandFailure } from '../failures.ts';
import { approvalText, costCentreText } from '../market/approval.ts';
import { timeText } from '../market/render.ts';
import { StackFollower } from '../market/stack-events.ts';
import { type Answer, record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { argument, type Call, type Noun, option, required, seconds, segment } from '../verbs.ts';
import { waitFor } from '../waiting.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les commandes : d’un prix accepté à un service qui tourne',
    create: 'accepte un prix ; le service naît dans le projet de vos identifiants',
    list: 'les commandes de vos organisations',
    show: 'une commande et ses étapes',
    watch: 'suit une commande, ressource après ressource, jusqu’à ce qu’elle aboutisse',
    quote: 'identifiant du prix demandé (quote create)',
    ceiling: 'ce que vous voulez dépenser au plus par mois, en euros hors taxes',
    costCentre: 'code du centre de coûts de votre organisation',
    costCentreField: 'centre de coûts',
    timeout: 'secondes de patience',
    id: 'identifiant',
    state: 'état',
    steps: 'étapes',
    subscription: 'abonnement',
    fault: 'motif',
    created: 'passée le',
    approval: 'accord',
    failed: (id: string, fault: string) => `la commande ${id} a échoué : ${fault}`,
    rejected: (id: string, fault: string) => `la commande ${id} a été refusée : ${fault}`,
    slow: (id: string, state: string) => `la commande ${id} est encore « ${state} » : suivez-la par order watch ${id}`,
  },
  en: {
    noun: 'orders: from an accepted price to a running service',
    create: 'accepts a price; the service is born in the project of your credentials',
    list: 'the orders of your organisations',
    show: 'one order and its steps',
    watch: 'follows an order, resource by resource, to its end',
    quote: 'id of the quote (quote create)',
    ceiling: 'what you want to spend a month at most, in euros without VAT',
    costCentre: 'code of the cost centre of your organisation',
    costCentreField: 'cost centre',
    timeout: 'seconds of patience',
    id: 'id',
    state: 'state',
    steps: 'steps',
    subscription: 'subscription',
    fault: 'reason',
    created: 'placed at',
    approval: 'approval',
    failed: (id: string, fault: string) => `order ${id} failed: ${fault}`,
    rejected: (id: string, fault: string) => `order ${id} was rejected: ${fault}`,
    slow: (id: string, state: string) => `order ${id} is still “${state}”: follow it with order watch ${id}`,
  },
});

/** `provision trying (cloud: network done, server working)` */
function stepText({ name, state, waitsFor, parts }: OrderStep): string {
  const made = parts.map((part) => `${part.name} ${part.state}`).join(', ');
  const waits = [waitsFor?.who, waitsFor?.note ?? made].filter(Boolean).join(': ');
  return waitsFor === null ? `${name} ${state}` : `${name} ${state} (${waits})`;
}

/** Orders. */
export function orderNoun(language: Language): Noun {
  const t = texts(language);
  const one = (body: Order): Answer<Order> => ({
    body,
    lines: record([
      [t.id, body.id],
      [t.state, body.state],
      [t.subscription, body.subscriptionId],
      [t.costCentreField, costCentreText(body.costCentre)],
      [t.approval, body.approval && approvalText(body.approval, language)],
      [t.steps, body.steps.map(stepText)],
      [t.fault, body.fault],
    ]),
  });

  async function watch(call: Call): Promise<Answer<Order>> {
    const market = call.market();
    const path = `/orders/${segment(call)}`;
    let order = await market.get<Order>(path);
    const subscriptionPath = `/subscriptions/${encodeURIComponent(order.subscriptionId)}`;
    const { stackName } = await market.get<Subscription>(subscriptionPath);
    const follower = new StackFollower(market.cloud, stackName);
    const tell = async () => {
      for (const event of await follower.fresh()) {
        const reason = event.status.endsWith('_FAILED') ? ` ${event.reason}` : '';
        call.say(`${event.status.padEnd(20)}${event.resourceName}${reason}`);
      }
    };
    const { approval } = order;
    if (approval?.state === 'waiting') call.say(approvalText(approval, language));
    const look = async () => {
      order = await market.get<Order>(path);
      await tell();
      return ['completed', 'failed', 'rejected'].includes(order.state) ? order : undefined;
    };
    const inVain = () => t.slow(argument(call), order.state);
    const ended = await waitFor(look, { seconds: seconds(call, 'timeout'), inVain });
    const { id, state, fault } = ended;
    if (state === 'failed' || state === 'rejected') throw new CommandFailure(t[state](id, fault ?? ''));
    return one(ended);
  }

  return {
    name: 'order',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: 'create --quote 0199f2c5-0d3e-7a88-8c61-5e9b7f2a4d10 --ceiling 20.00 --cloud employee',
        flags: [
          { flags: '--quote <quote>', text: t.quote, required: true },
          { flags: '--ceiling <amount>', text: t.ceiling },
          { flags: '--cost-centre <code>', text: t.costCentre },
        ],
        async run(call) {
          const ceiling = option(call, 'ceiling');
          const spendingCeiling = ceiling === undefined ? undefined : { amount: ceiling, currency: 'EUR' };
          const body = { quoteId: required(call, 'quote'), spendingCeiling, costCentre: option(call, 'costCentre') };
          return one(await call.market().post('/orders', body, call));
        },
      },
      {
        usage: 'watch <order>',
        text: t.watch,
        example: 'watch 0199f2c5-2f60-7b19-9a7d-84c1d3e5f602 --timeout 300 --cloud employee',
        flags: [{ flags: '--timeout <seconds>', text: t.timeout, preset: '300' }],
        run: watch,
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --cloud employee',
        async run(call) {
          const items = await call.market().all<Order>('/orders');
          const lines = table(
            items,
            [
              [t.id, ({ id }) => id],
              [t.state, ({ state }) => state],
              [t.subscription, ({ subscriptionId }) => subscriptionId],
              [t.created, ({ createdAt }) => timeText(createdAt)],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'show <order>',
        text: t.show,
        example: 'show 0199f2c5-2f60-7b19-9a7d-84c1d3e5f602 --cloud employee',
        run: async (call) => one(await call.market().get(`/orders/${segment(call)}`)),
      },
    ],
  };
}

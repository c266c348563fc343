import type { Approval } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { approvalText, costCentreText } from '../market/approval.ts';
import { moneyText, timeText, words } from '../market/render.ts';
import { type Answer, record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { type Noun, option, required, segment } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les accords que des commandes attendent de votre organisation',
    list: 'les demandes d’accord de vos organisations, ou celles qui vous attendent',
    show: 'une demande : ce qui est acheté, ce que cela peut coûter, de qui l’accord manque',
    approve: 'donne votre accord ; la commande continue quand aucun ne manque plus',
    refuse: 'refuse la commande, avec ce motif',
    withdraw: 'retire votre propre commande, qui attend encore',
    mine: 'seulement celles qui attendent votre accord',
    state: 'waiting, granted, refused, withdrawn ou expired',
    note: 'un mot à qui a commandé',
    reason: 'pourquoi',
    id: 'commande',
    who: 'demandé par',
    what: 'offre',
    plan: 'formule',
    price: 'prix',
    costCentre: 'centre de coûts',
    most: 'au plus, HT par mois',
    noLimit: 'sans limite',
    approval: 'accord',
    expires: 'expire le',
  },
  en: {
    noun: 'the approvals that orders of your organisation wait for',
    list: 'the approval requests of your organisations, or those that wait for you',
    show: 'one request: what is bought, what it may cost, who has not agreed yet',
    approve: 'agrees; the order goes on when nobody is missing any more',
    refuse: 'refuses the order, with this reason',
    withdraw: 'withdraws your own order that still waits',
    mine: 'only those that wait for you',
    state: 'waiting, granted, refused, withdrawn or expired',
    note: 'a word to whoever ordered',
    reason: 'why',
    id: 'order',
    who: 'asked by',
    what: 'offering',
    plan: 'plan',
    price: 'price',
    costCentre: 'cost centre',
    most: 'at most, a month excl. VAT',
    noLimit: 'without limit',
    approval: 'approval',
    expires: 'expires at',
  },
});

const sample = '0199f2c5-2f60-7b19-9a7d-84c1d3e5f602';

/** Who has to agree to orders. */
export function approvalNoun(language: Language): Noun {
  const t = texts(language);
  const most = ({ amount }: Approval) => (amount === null ? t.noLimit : moneyText(amount, language));
  const one = (body: Approval): Answer<Approval> => ({
    body,
    lines: record([
      [t.id, body.id],
      [t.who, body.requesterName],
      [t.what, words(body.title, language)],
      [t.plan, words(body.planName, language)],
      [t.price, body.text],
      [t.costCentre, costCentreText(body.costCentre)],
      [t.most, most(body)],
      [t.approval, approvalText(body, language)],
      [t.expires, body.state === 'waiting' ? timeText(body.expiresAt) : ''],
    ]),
  });
  return {
    name: 'approval',
    text: t.noun,
    verbs: [
      {
        usage: 'list',
        text: t.list,
        example: 'list --waiting-for-me --cloud manager',
        flags: [
          { flags: '--waiting-for-me', text: t.mine },
          { flags: '--state <state>', text: t.state },
        ],
        async run(call) {
          const waitingFor = call.options.waitingForMe === true ? 'me' : undefined;
          const items = await call.market().all<Approval>('/approvals', { state: option(call, 'state'), waitingFor });
          const lines = table(
            items,
            [
              [t.id, ({ id }) => id],
              [t.who, ({ requesterName }) => requesterName],
              [t.what, ({ title }) => words(title, language)],
              [t.costCentre, ({ costCentre }) => costCentre?.code],
              [t.most, most],
              [t.approval, (approval) => approvalText(approval, language)],
            ],
            cliTexts(language).none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'show <order>',
        text: t.show,
        example: `show ${sample} --cloud manager`,
        run: async (call) => one(await call.market().get(`/approvals/${segment(call)}`)),
      },
      {
        usage: 'approve <order>',
        text: t.approve,
        example: `approve ${sample} --note 'For one year.' --cloud manager`,
        flags: [{ flags: '--note <text>', text: t.note }],
        async run(call) {
          const body = { note: option(call, 'note') };
          return one(await call.market().post(`/approvals/${segment(call)}/approve`, body, call));
        },
      },
      {
        usage: 'refuse <order>',
        text: t.refuse,
        example: `refuse ${sample} --reason 'We have one already.' --cloud manager`,
        flags: [{ flags: '--reason <text>', text: t.reason, required: true }],
        async run(call) {
          const body = { reason: required(call, 'reason') };
          return one(await call.market().post(`/approvals/${segment(call)}/refuse`, body, call));
        },
      },
      {
        usage: 'withdraw <order>',
        text: t.withdraw,
        example: `withdraw ${sample} --cloud employee`,
        run: async (call) => one(await call.market().post(`/approvals/${segment(call)}/withdraw`, {}, call)),
      },
    ],
  };
}

import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { DecimalText, IdSchema, MoneySchema, moneyView, parseMoney } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { MarketDeps, PartnersApi } from '../../partners/index.ts';
import { type ShareRule, splitSale, totalByParty } from '../domain/waterfall.ts';
import {
  type Agreement,
  agreementInForce,
  findAgreement,
  insertAgreement,
  insertSignature,
  isSigned,
  listAgreements,
  type Side,
} from '../store/agreements.ts';
import { sharingTexts } from '../texts.ts';
import { parseRule, RuleSchema, ruleView } from './rules.ts';

const closed = { additionalProperties: false };
const Rules = Type.Array(RuleSchema, { maxItems: 20 });
const NewAgreement = Type.Object({ publisherId: IdSchema, rules: Rules }, closed);
const AgreementParams = Type.Object({ agreementId: IdSchema });
const Signing = Type.Object({ side: Type.Enum(['operator', 'publisher']) }, closed);

const SimulatedSale = Type.Object(
  {
    amount: MoneySchema,
    baseAmount: Type.Optional(MoneySchema),
    quantity: Type.Optional(DecimalText),
  },
  closed,
);
const Simulation = Type.Object(
  { publisherId: IdSchema, rules: Rules, sales: Type.Array(SimulatedSale, { minItems: 1, maxItems: 1000 }) },
  closed,
);

/** What stands in a simulation for whoever sells, and for the operator. */
const seller = 'reseller';
const operator = 'operator';

/** Agreements between the operator and its publishers: proposed by one, signed by both. */
export function agreementRoutes(deps: MarketDeps, partners: PartnersApi): Route[] {
  const { store, clock, idempotency, trust } = deps;

  const view = (agreement: Agreement): object => ({
    ...agreement,
    state: isSigned(agreement) ? 'signed' : 'proposed',
  });

  /** For which side the caller may sign: 403 when for neither. */
  async function requireSide(context: Context, publisherId: string, side: Side): Promise<void> {
    if (side === 'operator') return partners.requireOperator(context);
    const own = await partners.organisationsOf(context);
    const isOwner = own.some(({ id, memberRole }) => id === publisherId && memberRole === 'owner');
    if (!isOwner) throw new Fault('forbidden', sharingTexts(context.language).ownersSign);
  }

  /** Every organisation that a rule names exists, and every rule makes sense. */
  async function checkRules(context: Context, { publisherId, rules }: Static<typeof NewAgreement>): Promise<void> {
    for (const rule of rules) {
      parseRule(rule, publisherId);
      if (rule.partyId !== undefined && rule.partyId !== publisherId) await partners.visible(context, rule.partyId);
    }
  }

  async function sign(context: Context, agreement: Agreement, side: Side): Promise<void> {
    const { id, publisherId, version } = agreement;
    const at = clock.now();
    await store.transact(async (tx) => {
      if (!(await insertSignature(tx, id, { side, userId: context.userId, signedAt: at }))) return;
      const payload = { version, publisherId, side, by: context.userId };
      await trust.record(tx, { kind: 'market.agreement.signed', subject: id, at, payload, parties: [publisherId] });
    });
  }

  /** Whose agreements the caller asked for and may see; null: everybody's. */
  async function publishersOf(context: Context, publisherId: string | undefined): Promise<string[] | null> {
    if (publisherId !== undefined) return [(await partners.visible(context, publisherId)).id];
    if (await partners.isOperator(context)) return null;
    return (await partners.organisationsOf(context)).map(({ id }) => id);
  }

  async function required(id: string): Promise<Agreement> {
    const agreement = await findAgreement(store.db, id);
    if (agreement === undefined) throw new Error(`agreement ${id} is gone`);
    return agreement;
  }

  /** Whoever proposes it has signed it. */
  async function propose(context: Context, id: string, body: Static<typeof NewAgreement>): Promise<object> {
    const publisher = await partners.actingAs(context, body.publisherId, 'publisher');
    const side: Side = (await partners.isOperator(context)) ? 'operator' : 'publisher';
    await requireSide(context, publisher.id, side);
    await checkRules(context, body);
    const at = clock.now();
    await store.transact(async (tx) => {
      const agreement = { id, publisherId: publisher.id, rules: body.rules, createdAt: at };
      const { version, created } = await insertAgreement(tx, agreement);
      if (!created) return;
      const payload = { version, publisherId: publisher.id, rules: body.rules, by: context.userId };
      const parties = [publisher.id];
      await trust.record(tx, { kind: 'market.agreement.made', subject: id, at, payload, parties });
    });
    await sign(context, await required(id), side);
    return view(await required(id));
  }

  async function signAs(context: Context, id: string, side: Side): Promise<object> {
    const texts = sharingTexts(context.language);
    const agreement = await findAgreement(store.db, id);
    if (agreement === undefined || !(await partners.maySee(context, agreement.publisherId))) {
      throw new Fault('notFound', texts.agreementNotFound(id));
    }
    await requireSide(context, agreement.publisherId, side);
    const current = await agreementInForce(store.db, agreement.publisherId);
    if (current !== undefined && current.version > agreement.version)
      throw conflict(texts.newerInForce(current.version));
    await sign(context, agreement, side);
    return view(await required(id));
  }

  function simulate({ publisherId, rules, sales }: Static<typeof Simulation>): object {
    const markup: ShareRule = { party: seller, basis: { kind: 'markup' } };
    const waterfall = [markup, ...rules.map((rule) => parseRule(rule, publisherId))];
    const euros = (minor: bigint) => moneyView({ minor, currency: 'EUR' });
    const splits = sales.map(({ amount, baseAmount, quantity = '1' }) => {
      const base = baseAmount === undefined ? {} : { base: parseMoney(baseAmount).minor };
      return splitSale({ gross: parseMoney(amount).minor, quantity, ...base }, waterfall, operator);
    });
    return {
      sales: splits.map((shares) => ({
        shares: shares.map(({ party, rule, amount }) => ({
          ...{ party, rule: ruleView(rule, 'EUR'), amount: euros(amount) },
        })),
      })),
      totals: [...totalByParty(splits.flat())].map(([party, amount]) => ({ party, amount: euros(amount) })),
    };
  }

  return [
    idempotency.post({
      path: '/v1/agreements',
      operation: 'market:agreements:create',
      policy: policies.authenticated,
      status: 201,
      body: NewAgreement,
      handler: (request, id) => propose(caller(request), id, request.body),
    }),
    route({
      method: 'GET',
      path: '/v1/agreements',
      operation: 'market:agreements:list',
      policy: policies.authenticated,
      query: Type.Object({ publisherId: Type.Optional(IdSchema) }, closed),
      async handler(request) {
        const asked = await publishersOf(caller(request), request.query.publisherId);
        return { items: (await listAgreements(store.db, asked)).map(view), next: null };
      },
    }),
    idempotency.post({
      path: '/v1/agreements/:agreementId/sign',
      operation: 'market:agreements:sign',
      policy: policies.authenticated,
      params: AgreementParams,
      body: Signing,
      handler: (request) => signAs(caller(request), request.params.agreementId, request.body.side),
    }),
    idempotency.post({
      path: '/v1/agreement-simulations',
      operation: 'market:agreements:simulate',
      policy: policies.authenticated,
      body: Simulation,
      async handler(request) {
        const context = caller(request);
        await partners.actingAs(context, request.body.publisherId, 'publisher');
        await checkRules(context, request.body);
        return simulate(request.body);
      },
    }),
  ];
}

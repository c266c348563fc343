import { type Static, Type } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { IdSchema, moneyView } from '../../../kernel/http/house-api.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { PurchasingPolicy } from '../domain/policy.ts';
import type { ApprovalsDeps } from '../index.ts';
import { findPolicy, putPolicy } from '../store/policies.ts';
import { reservedOf } from '../store/requests.ts';
import { approvalTexts } from '../texts.ts';
import { PolicyContentSchema, parsePolicy, policyContent } from './policy-content.ts';

const Params = Type.Object({ organisationId: IdSchema });
/** The version that the new one follows: 0 for the first. */
const version = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });
const NewPolicy = Type.Object({ ...PolicyContentSchema.properties, version }, { additionalProperties: false });

const nothingAgreed = parsePolicy(0, { costCentres: [] });

/** How an organisation buys: its members read it, its owners write it. */
export function policyRoutes({ store, clock, trust, partners }: ApprovalsDeps): Route[] {
  async function policyView(organisationId: string): Promise<object> {
    const policy = (await findPolicy(store.db, organisationId)) ?? nothingAgreed;
    const reserved = await reservedOf(store.db, organisationId);
    const euros = (minor: bigint) => moneyView({ minor, currency: 'EUR' });
    const { costCentres, ...content } = policyContent(policy);
    return {
      ...{ organisationId, version: policy.version, ...content },
      reserved: euros(reserved.organisation),
      costCentres: costCentres.map((one) => ({
        ...one,
        reserved: euros(reserved.costCentres.get(one.code) ?? 0n),
      })),
    };
  }

  async function requireOwner(context: Context, organisationId: string): Promise<void> {
    const texts = approvalTexts(context.language);
    const { roles, name } = await partners.visible(context, organisationId);
    const own = await partners.organisationsOf(context);
    const isOwner = own.some(({ id, memberRole }) => id === organisationId && memberRole === 'owner');
    if (!isOwner) throw new Fault('forbidden', texts.ownersOnly);
    if (!roles.includes('customer')) throw conflict(texts.customersOnly(name));
  }

  /** 400 for what no schema says: codes are unique, managers are members, amounts are not negative. */
  async function check(context: Context, organisationId: string, policy: PurchasingPolicy): Promise<void> {
    const texts = approvalTexts(context.language);
    const { costCentres, monthlyBudget, levels } = policy;
    const codes = costCentres.map(({ code }) => code);
    const twice = codes.find((code, index) => codes.indexOf(code) !== index);
    if (twice !== undefined) throw badRequest(texts.codeTwice(twice));
    const budgets = [
      monthlyBudget,
      ...costCentres.map((one) => one.monthlyBudget),
      ...levels.map(({ above }) => above),
    ];
    if (budgets.some((amount) => amount !== null && amount < 0n)) throw badRequest(texts.negative);
    const members = new Set((await partners.members(organisationId)).map(({ userId }) => userId));
    const stranger = costCentres.flatMap(({ managerIds }) => managerIds).find((userId) => !members.has(userId));
    if (stranger !== undefined) throw badRequest(texts.notMember(stranger));
  }

  async function replace(context: Context, organisationId: string, body: Static<typeof NewPolicy>): Promise<object> {
    await requireOwner(context, organisationId);
    const { version: before, ...content } = body;
    const policy = parsePolicy(before, content);
    await check(context, organisationId, policy);
    const at = clock.now();
    await store.transact(async (tx) => {
      if (!(await putPolicy(tx, organisationId, policy, at))) {
        const present = await findPolicy(tx, organisationId);
        throw conflict(approvalTexts(context.language).changedMeanwhile(String(present?.version ?? 0)));
      }
      const payload = { ...policyContent(policy), version: before + 1, by: context.userId };
      const fact = { kind: 'market.purchasing-policy.changed', subject: organisationId, at, payload };
      await trust.record(tx, { ...fact, parties: [organisationId] });
    });
    return policyView(organisationId);
  }

  const common = {
    ...{ path: '/v1/organisations/:organisationId/purchasing-policy', policy: policies.authenticated, params: Params },
  } as const;
  return [
    route({
      ...common,
      ...{ method: 'GET', operation: 'market:purchasing-policies:get' },
      async handler(request) {
        const { id } = await partners.visible(caller(request), request.params.organisationId);
        return policyView(id);
      },
    }),
    route({
      ...common,
      ...{ method: 'PUT', operation: 'market:purchasing-policies:replace', body: NewPolicy },
      handler: (request) => replace(caller(request), request.params.organisationId, request.body),
    }),
  ];
}

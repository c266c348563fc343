import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { notServed, qosPolicyNotFound } from '../domain/faults.ts';
import { dscpMarks } from '../domain/qos.ts';
import type { QosPolicyRecord, QosRuleKind, QosRuleRecord } from '../domain/records.ts';
import { type OperationDeps, perform } from '../operations/change.ts';
import { createQosPolicy, deleteQosPolicy, updateQosPolicy } from '../operations/qos-policies.ts';
import { createQosRule, deleteQosRule, updateQosRule, visibleQosRule } from '../operations/qos-rules.ts';
import { findVisible } from '../store/query.ts';
import { qosPolicySource } from '../store/sources.ts';
import { type Listing, pick, standardFields, wantedFields } from './listing.ts';
import { resourceRoutes } from './resource.ts';
import { body, boolean, description, integer, name, optional, owner, toBoolean, toInteger } from './schemas.ts';
import { ownerOf, standardView } from './views.ts';

const listing: Listing<QosPolicyRecord> = {
  source: qosPolicySource,
  fields: {
    ...standardFields,
    name: { column: 'name', type: 'text' },
    shared: { column: 'shared', type: 'boolean' },
    is_default: { column: 'isDefault', type: 'boolean' },
  },
};

const changeable = {
  name: optional(name),
  description: optional(description),
  shared: optional(boolean),
  is_default: optional(boolean),
};

function changesOf(sent: Type.Static<ReturnType<typeof body<typeof changeable>>>) {
  return {
    name: sent.name,
    description: sent.description,
    shared: toBoolean(sent.shared),
    isDefault: toBoolean(sent.is_default),
  };
}

function showRule(rule: QosRuleRecord) {
  return rule.kind === 'bandwidth_limit'
    ? { id: rule.id, direction: rule.direction, max_kbps: rule.maxKbps, max_burst_kbps: rule.maxBurstKbps }
    : { id: rule.id, dscp_mark: rule.dscpMark };
}

function showPolicy(policy: QosPolicyRecord) {
  return {
    ...standardView(policy),
    name: policy.name,
    shared: policy.shared,
    is_default: policy.isDefault,
    rules: policy.rules.map((rule) => ({ ...showRule(rule), type: rule.kind, qos_policy_id: policy.id })),
  };
}

const direction = Type.Union([Type.Literal('egress'), Type.Literal('ingress')]);
const limited = { max_kbps: optional(integer), max_burst_kbps: optional(integer), direction: optional(direction) };
const marked = { dscp_mark: optional(integer) };

type SentRule = Type.Static<ReturnType<typeof body<typeof limited>>> &
  Type.Static<ReturnType<typeof body<typeof marked>>>;

function ruleOf(sent: SentRule) {
  return {
    direction: sent.direction,
    maxKbps: toInteger('max_kbps', sent.max_kbps, 1, 2_147_483_647),
    maxBurstKbps: toInteger('max_burst_kbps', sent.max_burst_kbps, 0, 2_147_483_647),
    dscpMark: toInteger('dscp_mark', sent.dscp_mark, 0, 63),
  };
}

const kinds = { bandwidth_limit: body(limited), dscp_marking: body(marked) } as const;

/** Rules stand below their policy; the client's `alias` paths, by the rule alone, are not served. */
function ruleRoutes(deps: OperationDeps, kind: QosRuleKind): Route[] {
  const key = `${kind}_rule`;
  const path = `/v2.0/qos/policies/:policy/${key}s`;
  const sentRule = Type.Object({ [key]: kinds[kind] }, { additionalProperties: false });
  const operation = (what: string) => `network:qos:${kind}:${what}`;
  const read = { tx: deps.store.db };
  return [
    route({
      method: 'GET',
      path,
      operation: operation('list'),
      policy: policies.projectReader,
      async handler({ context, params: { policy: id = '' }, url }) {
        const policy = await findVisible(deps.store.db, qosPolicySource, caller({ context }), id);
        if (policy === undefined) throw qosPolicyNotFound(id);
        const wanted = wantedFields(new URL(url, 'http://any').searchParams);
        return { [`${key}s`]: policy.rules.filter((rule) => rule.kind === kind).map((r) => pick(showRule(r), wanted)) };
      },
    }),
    route({
      method: 'POST',
      path,
      operation: operation('create'),
      policy: policies.admin,
      status: 201,
      body: sentRule,
      async handler({ context, params: { policy = '' }, body: sent }) {
        const rule = ruleOf((sent as Record<string, SentRule>)[key] ?? {});
        return {
          [key]: showRule(await perform(deps, caller({ context }), (c) => createQosRule(c, policy, kind, rule))),
        };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:rule`,
      operation: operation('show'),
      policy: policies.projectReader,
      async handler({ context, params: { policy = '', rule = '' } }) {
        return { [key]: showRule(await visibleQosRule({ ...read, context: caller({ context }) }, policy, kind, rule)) };
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:rule`,
      operation: operation('update'),
      policy: policies.admin,
      body: sentRule,
      async handler({ context, params: { policy = '', rule: id = '' }, body: sent }) {
        const rule = ruleOf((sent as Record<string, SentRule>)[key] ?? {});
        const after = await perform(deps, caller({ context }), (c) => updateQosRule(c, policy, kind, id, rule));
        return { [key]: showRule(after) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:rule`,
      operation: operation('delete'),
      policy: policies.admin,
      status: 204,
      async handler({ context, params: { policy = '', rule = '' } }) {
        await perform(deps, caller({ context }), (change) => deleteQosRule(change, policy, kind, rule));
      },
    }),
  ];
}

/** What would need a promise about other ports' traffic, which no engine of ours can keep. */
function unservedRoutes(): Route[] {
  return ['minimum_bandwidth', 'minimum_packet_rate', 'packet_rate_limit'].map((kind) =>
    route({
      method: 'POST',
      path: `/v2.0/qos/policies/:policy/${kind}_rules`,
      operation: `network:qos:${kind}:create`,
      policy: policies.admin,
      handler(): never {
        throw notServed(`A QoS rule of the type ${kind}`);
      },
    }),
  );
}

const directions = { parameter_name: 'direction', parameter_type: 'choices', parameter_values: ['egress', 'ingress'] };
const upTo = (name: string, start: number) => ({
  parameter_name: name,
  parameter_type: 'range',
  parameter_values: { start, end: 2_147_483_647 },
});
const parameters = {
  bandwidth_limit: [upTo('max_kbps', 1), upTo('max_burst_kbps', 0), directions],
  dscp_marking: [{ parameter_name: 'dscp_mark', parameter_type: 'choices', parameter_values: dscpMarks }],
} as const;

function typeRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v2.0/qos/rule-types',
      operation: 'network:qos:rule-types:list',
      policy: policies.projectReader,
      handler: () => ({ rule_types: Object.keys(kinds).map((type) => ({ type })) }),
    }),
    route({
      method: 'GET',
      path: '/v2.0/qos/rule-types/:type',
      operation: 'network:qos:rule-types:show',
      policy: policies.admin,
      handler({ params: { type = '' } }) {
        if (!Object.hasOwn(parameters, type)) {
          throw new Fault('notFound', `QoS rule type ${type.slice(0, 64)} could not be found.`);
        }
        const supported_parameters = parameters[type as QosRuleKind];
        return { rule_type: { type, drivers: [{ name: 'ovn', supported_parameters }] } };
      },
    }),
  ];
}

/** QoS policies and their rules: who may use them is the project's, what they give is the administrator's. */
export function qosRoutes(deps: OperationDeps): Route[] {
  const policyRoutes = resourceRoutes(deps, {
    singular: 'policy',
    plural: 'policies',
    path: 'qos/policies',
    writers: policies.admin,
    listing,
    missing: qosPolicyNotFound,
    show: showPolicy,
    created: body({ ...changeable, name, ...owner }),
    create: (change, sent) => createQosPolicy(change, { ...changesOf(sent), projectId: ownerOf(sent) }),
    updated: body(changeable),
    update: (change, id, sent) => updateQosPolicy(change, id, changesOf(sent)),
    remove: deleteQosPolicy,
  });
  const rules = (['bandwidth_limit', 'dscp_marking'] as const).flatMap((kind) => ruleRoutes(deps, kind));
  return [...policyRoutes, ...rules, ...unservedRoutes(), ...typeRoutes()];
}

import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { derivedId } from '../../../kernel/base/ids.ts';
import type { BrokerFulfilment, PlanRef } from '../domain/fulfilment.ts';
import type { Fulfiller, Memory, OperationUnderWay, OutboundAnswer, OutboundRequest, Progress } from '../ports.ts';
import { type PublisherDeps, refusal } from './webhook.ts';

const apiVersion = '2.17';
const pollMs = 2_000;
const leastPollMs = 200;
const nothing: Progress = { state: 'done', delivered: { outputs: {}, secrets: {}, resources: [] } };

type Request = OperationUnderWay<BrokerFulfilment>;
type Json = Readonly<Record<string, unknown>>;
/** Where one goes on: at the instance, at the binding, or at the end. */
type Phase = 'instance' | 'binding' | 'end';

/** A call of a broker by its name and secret. */
export type BrokerCall = (
  endpointId: string,
  method: OutboundRequest['method'],
  path: string,
  query?: Readonly<Record<string, string>>,
  body?: Json,
) => Promise<OutboundAnswer>;

/** Speaks to brokers (https://github.com/openservicebrokerapi/servicebroker, spec.md of v2.17). */
export function brokerClient(deps: PublisherDeps): BrokerCall {
  return async (endpointId, method, path, query = {}, body) => {
    const { url: base, username, secrets } = await deps.endpoint(endpointId);
    const url = new URL(`${base.replace(/\/$/, '')}${path}?${new URLSearchParams(query)}`);
    const basic = Buffer.from(`${username ?? ''}:${secrets[0] ?? ''}`).toString('base64');
    const headers = { 'X-Broker-API-Version': apiVersion, Authorization: `Basic ${basic}` };
    return deps.outbound.send({ method, url, headers, ...(body && { body: JSON.stringify(body) }) });
  };
}

/**
 * Open Service Brokers. An instance is provisioned, then bound: the binding's credentials are what the customer gets. OSB has
 * no word for suspending: access is taken away and given again by unbinding and binding.
 */
export function brokerFulfiller(call: BrokerCall): Fulfiller<BrokerFulfilment> {
  /** Everything of one request that depends on the phase. */
  function about(request: Request) {
    const { delivery } = request;
    const { fulfilment, instanceId } = delivery;
    const planIdOf = ({ code }: PlanRef) =>
      (code === null ? undefined : fulfilment.planIds?.[code]) ?? fulfilment.planId;
    const instance = `/v2/service_instances/${instanceId}`;
    const binding = `${instance}/service_bindings/${derivedId('broker-binding', instanceId)}`;
    const ids = { service_id: fulfilment.serviceId, plan_id: planIdOf(delivery.plan) };
    const previous = delivery.previousPlan && { plan_id: planIdOf(delivery.previousPlan) };
    return { endpointId: fulfilment.endpointId, bind: fulfilment.bind, delivery, ids, previous, instance, binding };
  }

  /** Starts what the phase is about. `accepted`: it goes on, to be polled. */
  async function start(request: Request, phase: Phase): Promise<OutboundAnswer> {
    const { endpointId, ids, previous, delivery, instance, binding } = about(request);
    const asynchronous = { accepts_incomplete: 'true' };
    const context = {
      platform: 'andromede',
      organization_guid: delivery.customerId,
      space_guid: delivery.projectId,
      subscription_id: delivery.subscriptionId,
    };
    const { operation } = request;
    const taking = operation === 'terminate' || operation === 'suspend';
    if (taking)
      return call(endpointId, 'DELETE', phase === 'binding' ? binding : instance, { ...ids, ...asynchronous });
    if (phase === 'binding') return call(endpointId, 'PUT', binding, asynchronous, { ...ids, context });
    if (operation === 'change-plan') {
      const body = { ...ids, context, previous_values: previous ?? {} };
      return call(endpointId, 'PATCH', instance, asynchronous, body);
    }
    const { organization_guid, space_guid } = context;
    const body = { ...ids, context, organization_guid, space_guid, parameters: delivery.parameters };
    return call(endpointId, 'PUT', instance, asynchronous, body);
  }

  /** The phases of an operation, in order. */
  function phasesOf({ operation, delivery }: Request): readonly Phase[] {
    const { bind } = delivery.fulfilment;
    if (operation === 'change-plan') return ['instance'];
    if (operation === 'provision') return bind ? ['instance', 'binding'] : ['instance'];
    if (operation === 'terminate') return bind ? ['binding', 'instance'] : ['instance'];
    return bind ? ['binding'] : [];
  }

  const isTaking = ({ operation }: Request) => operation === 'terminate' || operation === 'suspend';

  /** What a binding gives; asked for when it was made asynchronously. */
  async function credentials(request: Request, answer: OutboundAnswer | undefined): Promise<Progress> {
    const { endpointId, ids, binding } = about(request);
    const told = answer?.json ?? (await call(endpointId, 'GET', binding, ids)).json;
    const given = told?.credentials;
    if (typeof given !== 'object' || given === null) throw conflict('The broker gave no credentials with its binding.');
    return { state: 'done', delivered: { outputs: {}, secrets: given as Json, resources: [] } };
  }

  /** The phase is over: the next one, or the end. */
  async function goOn(request: Request, phase: Phase, answer?: OutboundAnswer): Promise<Progress> {
    const phases = phasesOf(request);
    const next = phases[phases.indexOf(phase) + 1];
    if (next !== undefined) return begin(request, next);
    return phase === 'binding' && !isTaking(request) ? credentials(request, answer) : nothing;
  }

  async function begin(request: Request, phase: Phase): Promise<Progress> {
    const answer = await start(request, phase);
    const { status, json } = answer;
    if (status === 202) {
      const token = json?.operation;
      return waiting(typeof token === 'string' ? { phase, token } : { phase }, answer);
    }
    if (status === 200 || status === 201) return goOn(request, phase, answer);
    // Gone already, by an earlier try or by itself.
    if (isTaking(request) && (status === 410 || status === 404)) return goOn(request, phase);
    if (status === 422 && json?.error === 'ConcurrencyError') {
      throw new Fault('engineUnavailable', 'The broker is busy with this instance.');
    }
    throw refusal('The broker', answer);
  }

  async function poll(request: Request, phase: Phase, memory: Memory): Promise<Progress> {
    const { endpointId, ids, instance, binding } = about(request);
    const path = `${phase === 'binding' ? binding : instance}/last_operation`;
    const query = { ...ids, ...(typeof memory.token === 'string' && { operation: memory.token }) };
    const answer = await call(endpointId, 'GET', path, query);
    if (isTaking(request) && (answer.status === 410 || answer.status === 404)) return goOn(request, phase);
    if (answer.status !== 200) throw refusal('The broker', answer);
    const { state, description } = answer.json ?? {};
    if (state === 'in progress') return waiting(memory, answer);
    if (state === 'succeeded') return goOn(request, phase);
    throw conflict(
      `The broker failed: ${typeof description === 'string' ? description.slice(0, 1000) : 'it does not say why'}`,
    );
  }

  function waiting(memory: Memory, { json, retryAfterMs }: OutboundAnswer): Progress {
    const { description } = json ?? {};
    const note = typeof description === 'string' ? { note: description.slice(0, 1000) } : {};
    return {
      state: 'working',
      waitsFor: 'broker',
      lookAgainMs: Math.max(retryAfterMs ?? pollMs, leastPollMs),
      memory,
      ...note,
    };
  }

  return {
    async advance(request) {
      const { phase } = request.memory;
      if (phase === 'instance' || phase === 'binding') return poll(request, phase, request.memory);
      const [first] = phasesOf(request);
      return first === undefined ? nothing : begin(request, first);
    },
  };
}

import { hkdfSync } from 'node:crypto';
import type { Context } from '../../kernel/access/context.ts';
import { conflict, Fault } from '../../kernel/base/errors.ts';
import { createSealer } from '../../kernel/base/sealing.ts';
import type { Route } from '../../kernel/http/index.ts';
import type { Migrations } from '../../kernel/store/index.ts';
import { notifyWorkflow } from '../../kernel/work/index.ts';
import type { MarketDeps, PartnersApi } from '../partners/index.ts';
import { callbackRoutes } from './api/callbacks.ts';
import { endpointRoutes } from './api/endpoints.ts';
import { taskRoutes } from './api/tasks.ts';
import { addressRule } from './domain/addresses.ts';
import type { Fulfilment } from './domain/fulfilment.ts';
import { callbackKey } from './domain/signature.ts';
import type { Fulfiller, OperationRequest, Outbound, Progress, StackCloud, TemplateValidator } from './ports.ts';
import { findEndpoint, secretsOf } from './store/endpoints.ts';
import {
  beginAgain,
  cancelOthers,
  deliveredBy,
  endOperation,
  ensureOperation,
  noteProgress,
  type OperationRecord,
  operationsOf,
} from './store/operations.ts';
import { ensureTask, moveTask, openTasksOf, wasDone } from './store/tasks.ts';
import { brokerClient, brokerFulfiller } from './work/broker.ts';
import { checkFulfilment } from './work/check.ts';
import { heatFulfiller } from './work/heat.ts';
import { createOutbound } from './work/outbound.ts';
import { taskFulfiller } from './work/task.ts';
import { type PublisherDeps, webhookFulfiller } from './work/webhook.ts';

export { FulfilmentSchema, OutputsForm } from './api/fulfilment.ts';
export { addressRule } from './domain/addresses.ts';
export type {
  BrokerFulfilment,
  Delivery,
  Fulfilment,
  Operation,
  OutputSchema,
  OutputsSchema,
  PlanRef,
  Values,
} from './domain/fulfilment.ts';
export { operations, stackNameOf } from './domain/fulfilment.ts';
export type {
  CloudCredential,
  Delivered,
  OperationRequest,
  Part,
  PersonalToken,
  Progress,
  Stack,
  StackCloud,
  StackResource,
  TemplateValidator,
  WaitsFor,
} from './ports.ts';
export type { OperationRecord } from './store/operations.ts';

export const fulfilmentMigrations: Migrations = {
  context: 'market_fulfilment',
  directory: new URL('./store/migrations/', import.meta.url),
};

/** What orders and subscriptions ask of fulfilment. */
export interface FulfilmentApi {
  /**
   * Begins an operation on a delivery unless it has begun, and looks how far it is; to be repeated until it is done or fails
   * (a fault that is not retryable). Workflows that wait are resumed when somebody tells.
   */
  advance(request: OperationRequest): Promise<Progress>;
  /** What a workflow has asked for, and who is waited for. */
  asked(workflowId: string): Promise<readonly OperationRecord[]>;
  /** Whether what a publisher wants to sell can be fulfilled: 400 or 409 that says why not. */
  check(context: Context, publisherId: string, fulfilment: Fulfilment, token: string): Promise<void>;
}

export interface FulfilmentDeps extends MarketDeps {
  readonly partners: PartnersApi;
  readonly cloud: StackCloud;
  readonly templates: TemplateValidator;
  readonly masterKey: Buffer;
  /** Networks that are not public and may be called all the same: `10.1.0.0/16`. */
  readonly outboundAllow: readonly string[];
}

/** What the parts of this context share. */
export interface FulfilmentParts extends FulfilmentDeps {
  readonly sealer: { readonly endpoints: Sealer; readonly results: Sealer };
  readonly keyOf: (operationId: string) => string;
}
type Sealer = ReturnType<typeof createSealer>;

/** Has what was ordered delivered: by Heat, by publishers' webhooks and brokers, by people. */
export function createFulfilment(deps: FulfilmentDeps): { api: FulfilmentApi; routes: readonly Route[] } {
  const { store, clock } = deps;
  const { db } = store;
  const now = () => clock.now();
  const sealer = {
    endpoints: createSealer(deps.masterKey, 'market_fulfilment.endpoint.sealed_secret'),
    results: createSealer(deps.masterKey, 'market_fulfilment.operation.sealed_result'),
  };
  const callbackMaster = new Uint8Array(
    hkdfSync('sha256', deps.masterKey, '', 'andromede market_fulfilment.callback', 32),
  );
  const keyOf = (operationId: string) => callbackKey(callbackMaster, operationId);

  const outbound: Outbound = createOutbound({ mayCall: addressRule(deps.outboundAllow) });
  const publisher: PublisherDeps = {
    outbound,
    async endpoint(id) {
      const endpoint = await findEndpoint(db, id);
      if (endpoint === undefined) throw conflict(`The endpoint ${id} is gone.`);
      const secrets = await secretsOf(db, sealer.endpoints, id, now());
      if (secrets.length === 0) throw conflict(`The endpoint ${id} has no secret yet.`);
      return { ...endpoint, secrets };
    },
    callback: (id) => ({ url: `${deps.publicUrl}/market/v1/callbacks/${id}`, key: keyOf(id) }),
    now,
  };
  const broker = brokerClient(publisher);
  const fulfillers: { readonly [K in Fulfilment['kind']]: Fulfiller<Extract<Fulfilment, { kind: K }>> } = {
    heat: heatFulfiller(deps.cloud),
    webhook: webhookFulfiller(publisher),
    broker: brokerFulfiller(broker),
    task: taskFulfiller({
      ensure: (task) => ensureTask(db, task),
      open: (instanceId) => openTasksOf(db, instanceId),
      cancel: async (id) =>
        void (await store.transact((tx) => moveTask(tx, id, ['open', 'claimed'], { state: 'cancelled' }, now()))),
      wasDone: (instanceId) => wasDone(db, instanceId),
      now,
    }),
  };

  /** What others have said meanwhile; undefined while it is still to be worked on. */
  async function told(record: OperationRecord): Promise<Progress | undefined> {
    if (record.state === 'done') return { state: 'done', delivered: await deliveredBy(db, sealer.results, record.id) };
    if (record.state === 'working') return undefined;
    if (record.operation !== 'terminate') throw conflict(record.note ?? 'It failed.');
    await beginAgain(db, record.id, now());
    throw new Fault('engineUnavailable', `The end was refused, and is asked for again: ${record.note ?? ''}`);
  }

  async function advance(request: OperationRequest): Promise<Progress> {
    const record = await ensureOperation(db, request, now());
    const known = await told(record);
    if (known !== undefined) return known;
    const { instanceId, fulfilment } = request.delivery;
    if (request.operation === 'terminate') await cancelOthers(db, instanceId, request.id, now());
    const fulfiller = fulfillers[fulfilment.kind] as Fulfiller<Fulfilment>;
    const underWay = { ...request, memory: record.memory, startedAt: record.createdAt };
    const progress = await fulfiller.advance(underWay);
    await store.transact(async (tx) => {
      if (progress.state === 'done') {
        await endOperation(tx, sealer.results, request.id, progress, now());
        return;
      }
      const { waitsFor, note = null, parts = record.parts, memory = record.memory } = progress;
      // A person's name in the note stays: it was put there by whoever claimed the task.
      const kept = waitsFor === 'person' ? record.note : note;
      if (await noteProgress(tx, request.id, { waitsFor, note: kept, parts, memory }, now())) {
        await notifyWorkflow(tx, request.workflowId);
      }
    });
    return progress;
  }

  const parts: FulfilmentParts = { ...deps, sealer, keyOf };
  const api: FulfilmentApi = {
    advance,
    asked: (workflowId) => operationsOf(db, workflowId),
    check: (context, publisherId, fulfilment, token) =>
      checkFulfilment({ ...deps, broker, endpoint: publisher.endpoint }, context, { publisherId, fulfilment, token }),
  };
  return { api, routes: [...endpointRoutes(parts), ...callbackRoutes(parts), ...taskRoutes(parts)] };
}

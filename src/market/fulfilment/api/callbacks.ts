import { type Static, Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { preferredLanguage } from '../../../kernel/base/i18n.ts';
import { IdSchema } from '../../../kernel/http/house-api.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import { notifyWorkflow } from '../../../kernel/work/index.ts';
import { bearsKey } from '../domain/signature.ts';
import type { FulfilmentParts } from '../index.ts';
import { endOperation, findOperation, noteProgress, type OperationRecord } from '../store/operations.ts';
import { fulfilmentTexts } from '../texts.ts';
import { outcomeOf } from './outcome.ts';

const closed = { additionalProperties: false };
const said = Type.String({ minLength: 1, maxLength: 1000 });
const Report = Type.Union([
  Type.Object(
    { status: Type.Literal('completed'), outputs: Type.Optional(Type.Record(Type.String(), Type.Unknown())) },
    closed,
  ),
  Type.Object({ status: Type.Literal('failed'), reason: said }, closed),
  Type.Object({ status: Type.Literal('working'), note: said }, closed),
]);

/** How a publisher's system says how an operation went that it had accepted: with the operation's own key. */
export function callbackRoutes(deps: FulfilmentParts): Route[] {
  const { store, clock, trust, work, sealer } = deps;

  async function report(
    record: OperationRecord,
    body: Static<typeof Report>,
    texts: ReturnType<typeof fulfilmentTexts>,
  ): Promise<object> {
    const { id, workflowId } = record;
    const at = clock.now();
    const over = conflict(texts.operationOver);
    if (body.status === 'working') {
      const { memory } = record;
      await store.transact(async (tx) => {
        const noted = await noteProgress(tx, id, { waitsFor: 'publisher', note: body.note, memory }, at);
        if (noted) await notifyWorkflow(tx, workflowId);
        else if (record.state !== 'working') throw over;
      });
      return { operationId: id, state: 'working' };
    }
    const end = body.status === 'failed' ? { failed: body.reason } : outcomeOf(record, body.outputs ?? {}, texts);
    await store.transact(async (tx) => {
      const ended = await endOperation(tx, sealer.results, id, end, at);
      if (ended === 'over') throw over;
      if (ended === 'repeated') return;
      const payload = { operation: record.operation, instanceId: record.instanceId, status: body.status };
      await trust.record(tx, { kind: 'market.fulfilment.reported', subject: id, at, payload, parties: [] });
      await work.resume(tx, workflowId);
    });
    return { operationId: id, state: body.status };
  }

  return [
    route({
      method: 'POST',
      path: '/v1/callbacks/:operationId',
      operation: 'market:callbacks:report',
      policy: policies.public,
      params: Type.Object({ operationId: IdSchema }),
      body: Report,
      async handler(request) {
        const texts = fulfilmentTexts(preferredLanguage(request.headers['accept-language']));
        const { operationId } = request.params;
        if (!bearsKey(request.headers.authorization, deps.keyOf(operationId))) {
          throw new Fault('unauthorized', 'Authorization: Bearer KEY, with the key that came with the operation.');
        }
        const record = await findOperation(store.db, operationId);
        if (record?.kind !== 'webhook') throw new Fault('notFound', texts.operationNotFound(operationId));
        return report(record, request.body, texts);
      },
    }),
  ];
}

import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { checkOutputs, sortOutputs, type WebhookFulfilment } from '../domain/fulfilment.ts';
import { signatureHeaders } from '../domain/signature.ts';
import type { Fulfiller, OperationUnderWay, Outbound, OutboundAnswer, Progress } from '../ports.ts';
import type { Endpoint } from '../store/endpoints.ts';

/** What calling a publisher takes. */
export interface PublisherDeps {
  readonly outbound: Outbound;
  /** The endpoint, with the secrets in force, the newest first. */
  readonly endpoint: (id: string) => Promise<Endpoint & { readonly secrets: readonly string[] }>;
  /** Where and with which key whoever works on an operation says how it went. */
  readonly callback: (operationId: string) => { readonly url: string; readonly key: string };
  readonly now: () => Date;
}

/** A lost wake-up is made good this soon. */
const lookAgainMs = 30_000;

/** Retrying can help with these, though they are 4xx (RFC 9110, 6585, 8470). */
const temporary = new Set([408, 425, 429]);

/** A publisher's answer as a fault: one that is to be tried again, or a refusal in its own words. */
export function refusal(who: string, { status, json }: OutboundAnswer): Fault {
  const words = [json?.detail, json?.description, json?.message, json?.error].find((text) => typeof text === 'string');
  const said = words === undefined ? '' : `: ${String(words).slice(0, 1000)}`;
  if (status >= 500 || temporary.has(status)) {
    return new Fault('engineUnavailable', `${who} answered ${status}${said}`);
  }
  return conflict(`${who} refused (${status})${said}`);
}

/** Signed webhooks: whoever receives one answers `completed`, or `accepted` and calls back. */
export function webhookFulfiller(deps: PublisherDeps): Fulfiller<WebhookFulfilment> {
  function bodyOf({ id, operation, delivery, startedAt }: OperationUnderWay<WebhookFulfilment>): string {
    const { plan, previousPlan } = delivery;
    return JSON.stringify({
      type: `subscription.${operation}`,
      timestamp: startedAt.toISOString(),
      data: {
        operationId: id,
        instanceId: delivery.instanceId,
        subscriptionId: delivery.subscriptionId,
        component: delivery.component,
        customerId: delivery.customerId,
        plan,
        ...(operation === 'change-plan' && { previousPlan }),
        parameters: delivery.parameters,
        test: delivery.test,
        callback: deps.callback(id),
      },
    });
  }

  async function send(request: OperationUnderWay<WebhookFulfilment>, endpoint: PublisherEndpoint): Promise<Progress> {
    const body = bodyOf(request);
    const headers = signatureHeaders({ id: request.id, at: deps.now(), body }, endpoint.secrets);
    const url = new URL(endpoint.url);
    const answer = await deps.outbound.send({ method: 'POST', url, headers, body });
    const gone = request.operation === 'terminate' && (answer.status === 404 || answer.status === 410);
    if (!gone && (answer.status < 200 || answer.status >= 300)) throw refusal(url.host, answer);
    const status = gone ? 'completed' : (answer.json?.status ?? (answer.status === 202 ? 'accepted' : undefined));
    if (status === 'accepted') {
      const memory = { acceptedAt: deps.now().toISOString() };
      return { state: 'working', waitsFor: 'publisher', lookAgainMs, memory };
    }
    if (status !== 'completed') throw conflict(`${url.host} answered neither “accepted” nor “completed”.`);
    const { outputs: promised } = request.delivery;
    const told = gone || request.operation === 'terminate' ? {} : (answer.json?.outputs ?? {});
    const problems = giving(request) ? checkOutputs(promised, told as Record<string, unknown>) : [];
    if (problems.length > 0) {
      const list = problems.map(({ name, problem }) => `${name} ${problem}`).join(', ');
      throw conflict(`${url.host} gave other outputs than it promises: ${list}`);
    }
    const given = giving(request) ? (told as Record<string, unknown>) : {};
    return { state: 'done', delivered: { ...sortOutputs(promised, given), resources: [] } };
  }

  return {
    async advance(request) {
      const endpoint = await deps.endpoint(request.delivery.fulfilment.endpointId);
      const { acceptedAt } = request.memory;
      if (typeof acceptedAt !== 'string') return send(request, endpoint);
      const left = Date.parse(acceptedAt) + endpoint.timeoutSeconds * 1000 - deps.now().getTime();
      if (left > 0) {
        const { memory } = request;
        return { state: 'working', waitsFor: 'publisher', lookAgainMs: Math.min(lookAgainMs, left), memory };
      }
      throw conflict(
        `${new URL(endpoint.url).host} accepted, but did not say within ${endpoint.timeoutSeconds} s how it went.`,
      );
    },
  };
}

type PublisherEndpoint = Awaited<ReturnType<PublisherDeps['endpoint']>>;

/** Whether the operation gives outputs that were promised. */
function giving({ operation }: { readonly operation: string }): boolean {
  return operation === 'provision';
}

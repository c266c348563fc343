import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completed, quote } from '../crash/customer.ts';
import { signIn } from '../harness/client.ts';
import { openShop, uploadTinyImage } from '../harness/market.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { adminPassword, demoPassword, startCloud } from '../harness/simulated-cloud.ts';

const endpoint = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const traceId = '0af7651916cd43dd8448eb211c80319c';
const caller = 'b7ad6b7169203331';
const title = 'nobody’s business';

let receiver: OtlpReceiver;
let requestId: string | null;
let secrets: string[];

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  process.env[endpoint] = receiver.url;
  const cloud = await startCloud();
  try {
    const admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
    const demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
    await uploadTinyImage(admin);
    const shop = await openShop(admin, demo);
    const quoteId = await quote(demo, shop, { title });
    const headers = { traceparent: `00-${traceId}-${caller}-01` };
    const answer = await demo.call<{ id: string }>('POST', '/market/v1/orders', { quoteId }, headers);
    requestId = answer.headers.get('x-openstack-request-id');
    await completed(demo, answer.body.id);
    await demo.call('GET', '/compute/v2.1/servers/nothing?secret=of-a-query');
    secrets = [adminPassword, demoPassword, admin.token, demo.token, title, 'of-a-query'];
  } finally {
    await cloud.close();
    delete process.env[endpoint];
  }
}, 90_000);
afterAll(() => receiver?.close());

/** The order's trace. */
const story = () => receiver.spans.filter((span) => span.traceId === traceId);

function one(name: string): ReceivedSpan {
  const found = story().find((span) => span.name === name);
  if (found === undefined) {
    throw new Error(`no span ${name} among ${[...new Set(story().map((span) => span.name))].join(', ')}`);
  }
  return found;
}

/** The names of the spans that the span is a part of, from the outermost. */
function pathOf(span: ReceivedSpan): string[] {
  const parent = story().find(({ spanId }) => spanId === span.parentSpanId);
  return [...(parent === undefined ? [] : pathOf(parent)), span.name];
}

describe('the trace of an order', () => {
  it('begins where its caller says, with the request and its answer', () => {
    const request = one('POST /market/v1/orders');
    expect(request).toMatchObject({ parentSpanId: caller, kind: 2 });
    expect(request.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/market/v1/orders',
      'http.response.status_code': 202,
      'request.id': requestId,
    });
    expect(receiver.serviceName).toBe('andromede');
  });

  it('goes through jobs, over HTTP from the market to the cloud, and down to the reconcilers', () => {
    const create = 'POST /orchestration/v1/:projectId/stacks';
    const order = ['POST /market/v1/orders', 'transaction', 'market.order.provision'];
    expect(pathOf(one(create))).toEqual([...order, 'market.order.provision/provision', 'POST', create]);
    expect(pathOf(one('compute.server'))).toEqual([
      ...[...pathOf(one(create)), 'transaction', 'orchestration.stack.create'],
      ...['orchestration.stack.create/server', 'transaction', 'compute.server'],
    ]);
    expect(story().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['market.order.provision/activate', 'network.port', 'transaction']),
    );
  });

  it('holds no other request', () => {
    const others = receiver.spans.filter(({ name }) => name === 'GET /compute/v2.1/servers/:serverId');
    const missed = others.find(({ attributes }) => attributes['http.response.status_code'] === 404);
    expect(missed).toMatchObject({ status: {} });
    expect(others.map((span) => span.traceId)).not.toContain(traceId);
  });

  it('holds no secret, nothing of a query and nothing of what was sent', () => {
    for (const secret of secrets) expect(receiver.text).not.toContain(secret);
  });
});

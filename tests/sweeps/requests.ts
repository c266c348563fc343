import { type IncomingHttpHeaders, request } from 'node:http';
import fc from 'fast-check';
import { Fault } from '../../src/kernel/base/errors.ts';
import { bodySchemaOf } from '../../src/kernel/http/openapi.ts';
import { type Making, type Schema, valuesOf, wild, wildText } from './arbitraries.ts';
import { parametersOf, type SweptRoute } from './routes.ts';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Percent-encoded, with its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** Requests for a route: mostly what its schemas describe, with something else here and there. */
export function requestsFor(swept: SweptRoute, known: string, values: Making['values']): fc.Arbitrary<WireRequest> {
  const { service, route } = swept;
  const making: Making = { values, wildness: 3, optional: 40 };
  const path = pathsFor(route.path, known);
  const query = queriesFor(route.query as Schema | undefined, making);
  const body = bodiesFor(swept, making);
  return fc.tuple(path, query, body, headersFor(swept)).map(([filled, asked, sent, headers]) => ({
    method: route.method,
    target: `${service.mount}${filled}${asked}`,
    headers,
    body: sent,
  }));
}

/** The known path, or one in which some parameters are anything. */
function pathsFor(pattern: string, known: string): fc.Arbitrary<string> {
  const names = parametersOf(pattern);
  if (names.length === 0) return fc.constant(known);
  const segments = pattern.split('/');
  const filled = known.split('/');
  const odd = fc.tuple(
    ...segments.map((segment, index) =>
      parametersOf(`/${segment}`).length === 0
        ? fc.constant(segment)
        : fc.oneof({ weight: 2, arbitrary: fc.constant(filled[index] ?? '') }, { weight: 1, arbitrary: pathPart }),
    ),
  );
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant(known) },
    { weight: 1, arbitrary: odd.map((all) => all.join('/')) },
  );
}

const encoded = (text: string) => encodeURIComponent(text.toWellFormed());
const pathPart = fc.oneof(
  wildText.map((text) => encoded(text.slice(0, 500))),
  fc.constantFrom(
    ...['%', '%00', '%zz', '%c0%af', '%ed%a0%80', '..', '.', '..%2f..%2fetc%2fpasswd', '%2f', ';', '*', ''],
  ),
  fc.uuid(),
);

const commonKeys = [
  ...['limit', 'marker', 'name', 'sort_key', 'sort_dir', 'sort', 'fields', 'status', 'id', 'project_id', 'tenant_id'],
  ...[
    'all_tenants',
    'changes-since',
    'tags',
    'not-tags',
    'page_reverse',
    'after',
    'user.id',
    'scope.project.id',
    'created_at',
  ],
];

function queriesFor(schema: Schema | undefined, making: Making): fc.Arbitrary<string> {
  const described = valuesOf(schema ?? { type: 'object' }, { ...making, wildness: 10 });
  const odd = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...commonKeys), wildText), fc.oneof(wildText, wild)), {
    maxLength: 3,
  });
  const pairs = fc.tuple(described, odd).map(([one, more]) => [...Object.entries(Object(one)), ...more]);
  const text = pairs.map((all) =>
    all.length === 0
      ? ''
      : `?${all.map(([key, value]) => `${encoded(String(key)).slice(0, 300)}=${encoded(textOf(value)).slice(0, 2000)}`).join('&')}`,
  );
  const garbage = fc.constantFrom('?', '?&&&', '?=%', '?a=%ff&a=%00', '?limit=%F0%9F', '?a[b]=c&a[]=d', '?__proto__=x');
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant('') },
    { weight: 3, arbitrary: text },
    { weight: 1, arbitrary: garbage },
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : String(JSON.stringify(value) ?? '');
}

const brokenBodies = fc.constantFrom(
  ...[
    '',
    '{',
    'nul',
    '"\\ud800"',
    '{"a":1e999}',
    '[',
    '[]',
    'null',
    '1',
    '{"__proto__":{"a":1}}',
    '\ufeff{}',
    '{"a":"\\u0000"}',
  ],
  '['.repeat(100_000),
  '{"a":'.repeat(10_000),
  `{"a":"${'x'.repeat(1_200_000)}"}`,
);

function bodiesFor({ route }: SweptRoute, making: Making): fc.Arbitrary<string | Uint8Array | undefined> {
  const bytes = fc.uint8Array({ maxLength: 200 });
  const schema = bodySchemaOf(route);
  if (route.body === 'stream') return fc.oneof(bytes, brokenBodies);
  if (schema === undefined) {
    return fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: brokenBodies });
  }
  return fc.oneof(
    { weight: 16, arbitrary: valuesOf(schema as Schema, making).map((value) => JSON.stringify(value)) },
    { weight: 2, arbitrary: wild.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: brokenBodies },
    { weight: 1, arbitrary: bytes },
  );
}

const printable = wildText.map((text) => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200));
const contentTypes = [
  ...['application/json', 'application/json', 'application/json', 'text/plain', 'application/xml', 'garbage', ''],
  ...['application/openstack-images-v2.1-json-patch', 'application/octet-stream', 'multipart/form-data; boundary=x'],
  ...['application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'application/json;;;=', '/'],
];

function headersFor({ service: { name, microversions } }: SweptRoute): fc.Arbitrary<Record<string, string>> {
  const type = microversions?.serviceType ?? name;
  const versions = ['latest', '2.1', '2.79', '2.60', '3.0', '0.0', '99.99', '2', '2.1.1', '-1.0', '', 'x', '2.٣'].map(
    (version) => `${type} ${version}`.replaceAll(/[^\x20-\x7e]/g, '?'),
  );
  const often = (arbitrary: fc.Arbitrary<string>, times: number) =>
    fc.oneof({ weight: 10 - times, arbitrary: fc.constant(undefined) }, { weight: times, arbitrary });
  return fc
    .record({
      'Content-Type': fc.constantFrom(...contentTypes),
      'OpenStack-API-Version': often(fc.oneof(fc.constantFrom(...versions), printable), 5),
      'X-Subject-Token': often(printable, 1),
      'Idempotency-Key': often(fc.oneof(printable, fc.constant('same')), 1),
      'Accept-Language': often(fc.oneof(printable, fc.constant('fr;q=9')), 1),
      Accept: often(printable, 1),
      Range: often(fc.constantFrom('bytes=0-', 'bytes=-1', 'bytes=9-1', 'bytes=99999999999-', 'x'), 1),
      'If-Match': often(printable, 1),
    })
    .map((headers) =>
      Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    );
}

/** What came back. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends it as it is: no client of good manners stands between. */
export function send(url: string, { method, target, headers, body }: WireRequest, token: string): Promise<WireAnswer> {
  const { hostname, port } = new URL(url);
  const path = target.replaceAll(/[^\x21-\x7e]/g, '?');
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, method, path, headers: { ...headers, ...length, 'X-Auth-Token': token } },
      (response) => {
        const { statusCode: status = 0, headers } = response;
        if (mediaType(headers['content-type']) === 'text/event-stream') {
          // It does not end by itself.
          sent.destroy();
          return resolve({ status, headers, text: '' });
        }
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status, headers, text });
        });
      },
    );
    // Of a body that is refused unread, the rest cannot be sent; the answer has come or comes.
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
      else setTimeout(() => resolve({ status: 413, headers: {}, text: '' }), 1000).unref();
    });
    sent.end(body);
  });
}

/** Words that only a bug's insides have. */
const insides =
  /\bat \S+ ?\(?\S*\.[jt]s:\d|node_modules|violates \w+[ -]\w* ?constraint|duplicate key value|relation "|invalid input syntax|TypeError|RangeError|Cannot read propert|is not iterable|ECONNREFUSED|SQLSTATE|kysely|graphile/;

/** What is wrong with an answer, whatever was asked; undefined when nothing is. */
export function faultIn({ service, route }: SweptRoute, { status, headers, text }: WireAnswer): string | undefined {
  if (status >= 500 && ![501, 503, 507].includes(status)) return `${status}: ${text.slice(0, 300)}`;
  if (insides.test(text)) return `tells of its insides: ${insides.exec(text)?.[0]} in ${text.slice(0, 300)}`;
  if (status < 400 || route.method === 'HEAD' || Object.keys(headers).length === 0) return undefined;
  const { contentType, body } = service.faults(new Fault('badRequest', 'x', { status }), 'req-x');
  if (mediaType(headers['content-type']) !== mediaType(contentType))
    return `${status} as ${headers['content-type']}: ${text.slice(0, 300)}`;
  if (!contentType.includes('json'))
    return text.startsWith(body.slice(0, 6)) ? undefined : `not as ${service.name} says it`;
  const told = Object.keys(JSON.parse(text) as object);
  const missing = Object.keys(JSON.parse(body) as object).filter((key) => !told.includes(key));
  return missing.length === 0 ? undefined : `${status} without ${missing}: ${text.slice(0, 300)}`;
}

function mediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(';')[0];
}

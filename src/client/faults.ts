import { Fault, type FaultCode, faultStatus } from '../kernel/base/errors.ts';

interface Called {
  readonly method: string;
  readonly url: URL;
}

const codes = new Map<number, FaultCode>(
  (Object.entries(faultStatus) as [FaultCode, number][]).map(([code, status]) => [status, code]),
);

/**
 * The fault for an answer of 400 or more. The caller's own (4xx) keep the API's words; when the cloud failed (5xx) it is
 * `engineUnavailable`, hence worth another try, except 501 (`notSupported`) and 507. The fault's `data.status` is the status
 * that was answered, and `data.code` and `data.type` what the API's body says besides.
 */
export function faultOf(
  { method, url }: Called,
  status: number,
  headers: Readonly<Record<string, string | undefined>>,
  text: string,
): Fault {
  const said = explain(headers['content-type'] ?? '', text);
  const known = codes.get(status);
  const code = status >= 500 && status !== 501 && status !== 507 ? 'engineUnavailable' : (known ?? 'badRequest');
  const requestId = headers['x-openstack-request-id'] ?? headers['x-compute-request-id'];
  return new Fault(code, said.message ?? `${url.origin} answered ${status}.`, {
    // An unusual 4xx keeps its number.
    ...(known === undefined && status < 500 && { status }),
    detail: `${method} ${url.pathname} answered ${status}${requestId === undefined ? '' : ` (${requestId})`}`,
    data: { ...said.data, status, ...(requestId !== undefined && { requestId }) },
  });
}

interface Said {
  readonly message: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

function explain(contentType: string, text: string): Said {
  if (/[/+]json\b/.test(contentType)) {
    try {
      return explainJson(JSON.parse(text));
    } catch {
      return { message: undefined, data: {} };
    }
  }
  const plain = contentType.startsWith('text/html') ? withoutTags(text) : text;
  return { message: shorten(plain), data: {} };
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Problem details, Heat, Placement; then one object under a key, as Keystone, Nova, Cinder and Neutron say it. */
function explainJson(body: unknown): Said {
  if (!isObject(body)) return { message: undefined, data: {} };
  const { title, detail, ...rest } = body;
  if (typeof detail === 'string') return { message: shorten(detail), data: rest };
  if (typeof title === 'string' && typeof body.status === 'number') return { message: shorten(title), data: rest };
  if (isObject(body.error) && typeof body.explanation === 'string') return explainHeat(body.explanation, body.error);
  const [first] = Array.isArray(body.errors) ? (body.errors as unknown[]) : Object.values(body);
  if (!isObject(first)) return { message: typeof first === 'string' ? shorten(first) : undefined, data: {} };
  const message = first.message ?? first.detail ?? first.title;
  return {
    message: typeof message === 'string' ? shorten(message) : undefined,
    data: {
      ...(first.code !== undefined && { code: first.code }),
      ...(first.type !== undefined && { type: first.type }),
    },
  };
}

function explainHeat(explanation: string, error: Json): Said {
  const message = typeof error.message === 'string' && error.message !== '' ? error.message : explanation;
  return { message: shorten(message), data: { type: error.type } };
}

/** Glance's page: what follows its heading. */
function withoutTags(html: string): string {
  const text = html.replace(/^[\s\S]*<\/h1>/i, '').replaceAll(/<[^>]*>/g, ' ');
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

const longest = 4000;

function shorten(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return trimmed.length > longest ? `${trimmed.slice(0, longest)}…` : trimmed;
}

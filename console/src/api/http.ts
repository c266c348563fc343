import { initialLanguage } from '../app/language.tsx';

/** A refused or failed request, in the API's words. */
export class ApiError extends Error {
  readonly status: number;
  /** For a person who asks for help: the operator finds it in the log. */
  readonly requestId: string | null;

  constructor(status: number, message: string, requestId: string | null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.requestId = requestId;
  }
}

export interface Call {
  readonly body?: unknown;
  /** Sent as it is. */
  readonly file?: Blob;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Calls an API of this origin; the browser's cookie says who asks. Rejects with `ApiError`. */
export async function call<T>(method: Method, path: string, options: Call = {}): Promise<T> {
  const response = await send(method, path, options);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** The same, for who reads headers. */
export async function send(method: Method, path: string, options: Call = {}): Promise<Response> {
  const { body, file, query, headers, signal } = options;
  const type = file !== undefined ? 'application/octet-stream' : body === undefined ? undefined : 'application/json';
  const sent = file ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${path}${queryText(query)}`, {
    method,
    headers: {
      Accept: 'application/json',
      'Accept-Language': initialLanguage(),
      ...(type === undefined ? {} : { 'Content-Type': type }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError(0, '', null);
  });
  if (response.ok) return response;
  throw new ApiError(response.status, messageOf(await response.text()), response.headers.get('X-Openstack-Request-Id'));
}

function queryText(query: Call['query']): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}`;
}

/** The one sentence of an error body, whichever API's style it has (`src/kernel/http/faults.ts`). */
function messageOf(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // Glance answers a page.
    return /<br \/><br \/>|<h1>/.test(text)
      ? text
          .replace(/^[\s\S]*<\/h1>/, '')
          .replace(/<[^>]*>/g, '')
          .trim()
      : '';
  }
  return sentence(body) ?? '';
}

function sentence(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { detail, message, explanation } = value as Record<string, unknown>;
  const found = [detail, message, explanation].find((text) => typeof text === 'string' && text !== '');
  if (typeof found === 'string') return found;
  for (const inner of Object.values(value)) {
    const deeper = sentence(inner);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

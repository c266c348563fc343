/** The least of an OpenStack client: a token, and calls that answer status and body. */
export interface Session {
  /** What paths are below; a path may also be a whole URL. */
  readonly url: string;
  readonly token: string;
  readonly projectId: string;
  readonly userId: string;
  call<B = Record<string, never>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: B; headers: Headers }>;
}

/** Signs in with a password, in the project of that name. */
export async function signIn(
  url: string,
  user: string,
  password: string,
  project: string,
  identity = '/identity',
  domain: { readonly id: string } | { readonly name: string } = { id: 'default' },
): Promise<Session> {
  const response = await fetch(`${url}${identity}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user: { name: user, domain, password } } },
        scope: { project: { name: project, domain } },
      },
    }),
  });
  if (response.status !== 201) throw new Error(`sign-in: ${response.status} ${await response.text()}`);
  const token = response.headers.get('X-Subject-Token') ?? '';
  const answer = (await response.json()) as { token: { project: { id: string }; user: { id: string } } };
  return {
    url,
    token,
    projectId: answer.token.project.id,
    userId: answer.token.user.id,
    async call(method, path, body, headers = {}) {
      const raw = body instanceof Uint8Array;
      const reply = await fetch(new URL(path, url), {
        method,
        headers: {
          'X-Auth-Token': token,
          'Content-Type': raw ? 'application/octet-stream' : 'application/json',
          ...headers,
        },
        ...(body === undefined ? {} : { body: raw ? Buffer.from(body) : JSON.stringify(body) }),
        redirect: 'manual',
      });
      const text = await reply.text();
      const json = reply.headers.get('content-type')?.includes('json') === true && text !== '';
      return { status: reply.status, body: json ? JSON.parse(text) : text, headers: reply.headers };
    },
  };
}

/** Looks until `done` says so; fails with what was seen last. */
export async function until<T>(look: () => Promise<T>, done: (seen: T) => boolean, seconds = 15): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (done(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`not in ${seconds} s; last seen: ${JSON.stringify(seen).slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

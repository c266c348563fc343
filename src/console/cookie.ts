import type { IncomingMessage } from 'node:http';

/** The cookie that holds a browser's token: out of the reach of scripts, and of other sites. */
export interface SessionCookie {
  /** The token that a request brings, when it may count. */
  tokenOf(request: Pick<IncomingMessage, 'headers' | 'method'>): string | undefined;
  /** `Set-Cookie` for a token that ends at that instant. */
  set(token: string, expiresAt: Date): string;
  /** `Set-Cookie` that forgets it. */
  clear(): string;
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The cookie of the cloud at that URL: its port is in the name, for cookies do not tell ports of one host apart. */
export function sessionCookie(publicUrl: string): SessionCookie {
  const { protocol, port } = new URL(publicUrl);
  const name = `andromede-session-${port || 'default'}`;
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict', ...(protocol === 'https:' ? ['Secure'] : [])].join('; ');
  return {
    tokenOf(request) {
      if (!mayAct(request)) return undefined;
      const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
      const found = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
      return found === '' ? undefined : found;
    },
    set: (token, expiresAt) => `${name}=${token}; Expires=${expiresAt.toUTCString()}; ${attributes}`,
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
  };
}

/**
 * Another site may make a browser send a request, and with it the cookie, but it can neither read the answer nor hide its
 * `Origin`: what changes anything must come from the page of this very host and port.
 */
function mayAct({ headers, method }: Pick<IncomingMessage, 'headers' | 'method'>): boolean {
  if (safeMethods.has(method ?? '')) return true;
  const { origin, host } = headers;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

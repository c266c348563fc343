import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, caller, type Route, version } from '../../../kernel/http/index.ts';

/**
 * Cinder's URLs name the caller's project (`/v3/PROJECT/volumes`); from 3.67 on they may leave it out. Each route is declared
 * once, by the path behind it.
 */
export function scoped(routes: readonly Route[]): Route[] {
  return routes.flatMap((entry): Route[] => [
    {
      ...entry,
      path: `/v3/:project_id${entry.path}`,
      handler: (request) => {
        checkUrl(request);
        return entry.handler(request);
      },
    },
    { ...entry, path: `/v3${entry.path}`, versions: { ...entry.versions, min: version('3.67') } },
  ]);
}

/** 404 for an URL that ends before its last part: the id was left out, and that is no list. */
function checkUrl(request: ApiRequest<unknown, unknown, unknown>): void {
  if (/\/(\?|$)/.test(request.url)) throw new Fault('notFound', 'The resource could not be found.');
  const { projectId } = caller(request);
  const { project_id: named } = request.params as { project_id?: string };
  if (named !== projectId) {
    throw badRequest(
      `Malformed request url: the token is of project ${projectId ?? '(none)'}, not of the one in the URL.`,
    );
  }
}

/** The parameter of a route's path. */
export function param(request: { readonly params: unknown }, name: string): string {
  return (request.params as Record<string, string | undefined>)[name] ?? '';
}

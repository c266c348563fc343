import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { policies } from '../kernel/access/policy.ts';
import { Fault } from '../kernel/base/errors.ts';
import { problemFault, type Reply, type Route, route, type Service } from '../kernel/http/index.ts';
import type { Module, ModuleDeps } from '../kernel/module/index.ts';
import { readAssets } from './assets.ts';
import { changeRoutes } from './changes.ts';
import { sessionCookie } from './cookie.ts';
import { renderPage } from './page.ts';
import { sessionRoutes } from './session.ts';

export interface ConsoleOptions {
  /** Where `tools/setup` left the built console. */
  readonly directory: string;
}

/** The web console's module, and how its browsers' requests say who sends them. */
export interface ConsoleModule extends Module {
  tokenOf(request: IncomingMessage): string | undefined;
}

/** The web console at `/console`: its built files, its one page, the browser's session. */
export function createConsole({
  publicUrl,
  notifications,
  directory,
}: Pick<ModuleDeps, 'publicUrl' | 'notifications'> & ConsoleOptions): ConsoleModule {
  const cookie = sessionCookie(publicUrl);
  const routes = [
    ...sessionRoutes({ cookie, identityUrl: `${publicUrl}/identity/v3` }),
    ...changeRoutes(notifications),
    ...pageRoutes(directory),
  ];
  const service: Service = { name: 'console', mount: '/console', faults: problemFault, routes };
  return { services: [service], tokenOf: cookie.tokenOf };
}

function pageRoutes(directory: string): Route[] {
  const assets = readAssets(directory);
  function show(path: string, headers: IncomingHttpHeaders): Reply {
    const file = assets.find(path, headers);
    if (file !== undefined) return file;
    // Everything else is a page of the application, which finds its own way; a missing script is not.
    if (path.startsWith('assets/')) throw new Fault('notFound', 'The resource could not be found.');
    if (assets.page !== undefined) return renderPage(assets.page, headers['accept-language']);
    throw new Fault(
      'engineUnavailable',
      'The console has not been built: run `npm run setup`, then `bin/andromede restart`.',
    );
  }

  const common = { method: 'GET', policy: policies.public } as const;
  return [
    route({ ...common, ...{ path: '/', operation: 'console:home:show' }, handler: ({ headers }) => show('', headers) }),
    route({
      ...common,
      ...{ path: '/*', operation: 'console:page:show' },
      handler: ({ params, headers }) => show(params['*'] ?? '', headers),
    }),
  ];
}

import type { Clock } from '../../kernel/base/clock.ts';
import type { CrashPoint } from '../../kernel/work/index.ts';
import type { ApiSettings } from '../api-settings.ts';
import { type RunningServer, serve } from '../serve.ts';
import { compose, contexts, rootReply } from './compose.ts';
import { createEngines } from './engines.ts';

/** Starts a whole cloud and its market; resolves when all APIs answer. Crash sweeps say where it dies. */
export function startApi(settings: ApiSettings, crashPoint?: CrashPoint, clock?: Clock): Promise<RunningServer> {
  return serve(
    settings,
    contexts,
    async (deps) => {
      const engines = createEngines(settings, deps.log);
      return {
        ...(await compose(settings, deps, engines)),
        fallback: (request) => rootReply(settings.publicUrl, request),
        close: () => engines.close(),
      };
    },
    { crashPoint, clock },
  );
}

/** The `api` process: started by the host process, unprivileged, told by `ANDROMEDE_CONFIG` where everything is. */
import { flushCompileCache } from 'node:module';
import { loadApiSettings } from '../api-settings.ts';
import { startApi } from './start.ts';

const api = await startApi(loadApiSettings());
// Kept now, so that a start after a crash is as quick as one after a stop.
flushCompileCache();

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void api.close().finally(() => process.exit(0));
  });
}

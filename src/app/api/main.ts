/** The `api` process: started by the host process, unprivileged, told by `ANDROMEDE_CONFIG` where everything is. */
import { loadApiSettings } from '../api-settings.ts';
import { startApi } from './start.ts';

const api = await startApi(loadApiSettings());

let stopping = false;
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void api.close().finally(() => process.exit(0));
  });
}

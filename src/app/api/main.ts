/** The `api` process: started by the host process, unprivileged, told by `ANDROMEDE_CONFIG` where everything is. */
import { flushCompileCache } from 'node:module';
import { loadSettings } from '../api-settings.ts';
import { closeOnSignal } from '../serve.ts';
import { startApi } from './start.ts';

const api = await startApi(loadSettings());
// Kept now, so that a start after a crash is as quick as one after a stop.
flushCompileCache();
closeOnSignal(api);

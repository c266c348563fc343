/** The `api` process: started by the host process, unprivileged, told by `ANDROMEDE_CONFIG` where everything is. */
import { flushCompileCache } from 'node:module';
import { systemClock } from '../../kernel/base/clock.ts';
import { createLogger } from '../../kernel/base/log.ts';
import { loadSettings } from '../api-settings.ts';
import { closeOnSignal } from '../serve.ts';
import { startApi } from './start.ts';
import { watchClock } from './watch-clock.ts';

const settings = loadSettings();
const api = await startApi(settings);
// Kept now, so that a start after a crash is as quick as one after a stop.
flushCompileCache();
const stop = closeOnSignal(api);
// The host process starts us again.
watchClock(systemClock, createLogger('api', settings.logLevel), stop);

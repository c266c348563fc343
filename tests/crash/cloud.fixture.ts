/** A whole cloud on simulated engines in a process of its own, which kills itself at the crash point that it is sent. */
import { flushCompileCache } from 'node:module';
import { startApi } from '../../src/app/api/start.ts';
import { crashPointFrom, noCrash } from '../../src/kernel/work/index.ts';

let crash = noCrash;
process.on('message', (point) => {
  crash = crashPointFrom(String(point));
  process.send?.('armed');
});
// Nobody is left to be tested by.
process.on('disconnect', () => process.exit());
await startApi(JSON.parse(process.env.ANDROMEDE_TEST_SETTINGS ?? ''), (name, moment) => crash(name, moment));
// Kept for the many processes that follow.
flushCompileCache();
process.send?.('ready');

import { realpathSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { createLogger } from '../../kernel/base/log.ts';
import { InstallationHost, type SettledConfig } from './installation-host.ts';

/**
 * The root process of one cloud. Started by `bin/andromede` with the lock on DIR held, `up DIR` or `down DIR` as
 * arguments and the settings in `ANDROMEDE_HOST_CONFIG`. SIGTERM and SIGINT take the cloud down; SIGHUP ends this process and
 * leaves everything running for the next one.
 */
const [mode, folder = ''] = process.argv.slice(2);
const config = JSON.parse(process.env.ANDROMEDE_HOST_CONFIG ?? '{}') as SettledConfig;
delete process.env.ANDROMEDE_HOST_CONFIG;
const log = createLogger('host', config.logLevel);

const host = await InstallationHost.open(realpathSync(folder), config, log).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
let isEnding = false;

/** The first reason to end wins. */
function end(how: () => Promise<void>, exitCode: number): void {
  if (isEnding) return;
  isEnding = true;
  how().then(
    () => process.exit(exitCode),
    (error: unknown) => {
      log.fatal({ err: error }, 'could not end in order');
      process.exit(1);
    },
  );
}

process.on('SIGTERM', () => end(() => host.down(), 0));
process.on('SIGINT', () => end(() => host.down(), 0));
process.on('SIGHUP', () => end(() => host.handOver(), 0));
process.on('uncaughtException', (error) => {
  // The world stays as it is; the next host process adopts it.
  log.fatal({ err: error }, 'bug in the host process');
  process.exit(1);
});

if (mode === 'down') {
  end(() => host.down(), 0);
} else {
  // What is compiled by now is kept also for a next start after `kill -9`.
  host.up().then(flushCompileCache, (error: unknown) => {
    log.error({ err: error }, 'could not raise the cloud');
    end(() => host.giveUp(), 1);
  });
}

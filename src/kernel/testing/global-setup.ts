import type { TestProject } from 'vitest/node';
import { startTestPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folders of the sockets of the test run's PostgreSQL servers, one a worker. */
    postgresSocketDirs: readonly string[];
  }
}

/**
 * Vitest global set-up: a PostgreSQL for each worker. One for all would not do: the outbox hands out events older than every
 * transaction of the *server*, so that the files of one worker would hold back the events of another's.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const workers = project.vitest.config.maxWorkers;
  const servers = await Promise.all(Array.from({ length: workers }, () => startTestPostgres()));
  project.provide(
    'postgresSocketDirs',
    servers.map(({ socketDir }) => socketDir),
  );
  return async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
}

import type { TestProject } from 'vitest/node';
import { startTestPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Folder of the socket of the test run's PostgreSQL. */
    postgresSocketDir: string;
  }
}

/** Vitest global set-up: one PostgreSQL for the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres();
  project.provide('postgresSocketDir', postgres.socketDir);
  return () => postgres.stop();
}

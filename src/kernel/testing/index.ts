export * from './clock.ts';
export * from './cloud.ts';
export { startTestPostgres, type TestPostgres } from './postgres.ts';
export * from './store.ts';

export { sql } from 'kysely';
export * from './database.ts';
export * from './migrations.ts';
export * from './notifications.ts';
export * from './outbox.ts';
export * from './outbox-lag.ts';

import type { Migrations } from './migrations.ts';

/** The kernel's own tables; first in every list of migrations. */
export const storeMigrations: Migrations = { context: 'kernel', directory: new URL('./migrations/', import.meta.url) };

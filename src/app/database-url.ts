import { ConfigError } from './config-error.ts';

/** What a PostgreSQL URL says besides its password: for people, logs and `status`. Takes what libpq takes, so no `URL`. */
export function withoutPassword(url: string): string {
  return url
    .replace(/^(\w+:\/\/[^:@/?]*):[^/?]*@/, '$1@')
    .replaceAll(/([?&])[a-z]*password=[^&]*&?/gi, '$1')
    .replace(/[?&]$/, '');
}

/** The arguments of a running program are seen by everybody on the machine. */
export function refusePasswordInArguments(url: string | undefined): void {
  if (url === undefined || withoutPassword(url) === url) return;
  throw new ConfigError(
    '--database-url holds a password, which every user of this machine could read: set DATABASE_URL, or databaseUrl in DIR/config.yaml',
  );
}

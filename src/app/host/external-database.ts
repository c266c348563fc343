import pg from 'pg';
import { ConfigError } from '../config-error.ts';
import { withoutPassword } from '../database-url.ts';

/** Older ones lack what our SQL uses, and are out of support. */
const oldestMajor = 15;
const connectTimeoutMs = 10_000;

/** Refuses a PostgreSQL on which the cloud could not work, and says what to do about it. */
export async function assertUsableDatabase(url: string): Promise<void> {
  const shown = withoutPassword(url);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  // What goes wrong is told by the calls below.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query(
      `select current_setting('server_version_num')::int / 10000 as major, current_user as role, current_database() as name,
         has_database_privilege(current_database(), 'CREATE') as may_create, pg_is_in_recovery() as is_replica`,
    );
    const refusal = refusalOf(rows[0] as ServerFacts);
    if (refusal !== undefined) throw new ConfigError(`${shown}: ${refusal}`);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`${shown}: ${remedyOf(error as Error & { code?: string })}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export interface ServerFacts {
  readonly major: number;
  readonly role: string;
  readonly name: string;
  readonly may_create: boolean;
  readonly is_replica: boolean;
}

/** Why such a server will not do; undefined when it will. */
export function refusalOf({ major, role, name, may_create, is_replica }: ServerFacts): string | undefined {
  if (major < oldestMajor) return `this is PostgreSQL ${major}; ${oldestMajor} or newer is needed`;
  if (is_replica) return 'this is a replica, which cannot be written to; give the URL of the primary';
  if (may_create) return undefined;
  return `the role ${role} may not make schemas here; run there: GRANT CREATE ON DATABASE "${name}" TO "${role}";`;
}

/** By SQLSTATE (appendix A of PostgreSQL's manual) or errno. */
const remedies: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; check host and port, and that PostgreSQL runs',
  ENOENT: 'there is no such socket; check that PostgreSQL runs',
  ENOTFOUND: 'there is no host of that name; check it, or the name service',
  ETIMEDOUT: 'no answer; check the address and the firewall on the way',
  '28P01': 'wrong user or password',
  '28000': 'the server does not let this user in from here; see its pg_hba.conf, and sslmode in the URL',
  '3D000': 'there is no such database; make it first: CREATE DATABASE … OWNER …',
  '53300': 'the server has no connection left; raise max_connections (this cloud uses up to 30)',
};

function remedyOf({ code, message }: Error & { code?: string }): string {
  const known = code === undefined ? undefined : remedies[code];
  if (known !== undefined) return known;
  if (/timeout/i.test(message)) return remedies.ETIMEDOUT ?? message;
  if (/SSL|certificate|TLS/i.test(message)) return `TLS: ${message}; see sslmode and sslrootcert in the URL`;
  return message;
}

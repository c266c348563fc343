import { roleHierarchy } from '../../../kernel/access/context.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { sql, type Tx, tables } from '../../../kernel/store/index.ts';
import { change, type Environment } from '../environment.ts';
import { everything } from '../store/changes.ts';
import type { IdentityTables } from '../store/tables.ts';

export interface BootstrapPasswords {
  readonly adminPassword: string;
  readonly demoPassword: string;
}

/** What every cloud has from its first start. */
export interface BootstrapIds {
  readonly adminUserId: string;
  readonly adminProjectId: string;
  readonly demoUserId: string;
  readonly demoProjectId: string;
}

const defaultDomain = 'default';
/** The default roles of OpenStack, and the one by which services look into callers' tokens. */
export const roleNames = ['admin', 'manager', 'member', 'reader', 'service'] as const;
/** "Whoever is the first is the second." The policies rely on these, so that they cannot be taken away. */
export const impliedByDefault = roleHierarchy.slice(1).map((implied, index) => [roleHierarchy[index], implied]);
const builtInRules = sql.join(impliedByDefault.map(([prior, implied]) => sql`(${prior}, ${implied})`));

/**
 * Makes the domain `default`, the roles, and `admin` and `demo` with a project each. What exists stays as it is: a
 * password that somebody has changed is not put back.
 */
export async function bootstrap(environment: Environment, passwords: BootstrapPasswords): Promise<BootstrapIds> {
  const existing = await namesOfUsers(environment);
  const hashes = {
    admin: existing.has('admin') ? null : await environment.passwords.hash(passwords.adminPassword),
    demo: existing.has('demo') ? null : await environment.passwords.hash(passwords.demoPassword),
  };
  return change(environment, async (tx, touch) => {
    const now = environment.clock.now();
    await sql`insert into identity.domain (id, name, description, enabled, created_at)
      values (${defaultDomain}, 'Default', 'The default domain', true, ${now}) on conflict do nothing`.execute(tx);
    for (const name of roleNames) {
      await sql`insert into identity.role (id, name, created_at)
        values (${newHexId()}, ${name}, ${now}) on conflict do nothing`.execute(tx);
    }
    await sql`insert into identity.role_inference (prior_role_id, implied_role_id)
      select prior.id, implied.id from identity.role prior, identity.role implied
      where (prior.name, implied.name) in (${builtInRules})
        and prior.domain_id is null and implied.domain_id is null on conflict do nothing`.execute(tx);
    const admin = await account(tx, 'admin', hashes.admin, now);
    const demo = await account(tx, 'demo', hashes.demo, now);
    await grant(tx, admin.userId, 'admin', ['system', `domain:${defaultDomain}`, `project:${admin.projectId}`]);
    await grant(tx, demo.userId, 'member', [`project:${demo.projectId}`]);
    touch(everything);
    return {
      adminUserId: admin.userId,
      adminProjectId: admin.projectId,
      demoUserId: demo.userId,
      demoProjectId: demo.projectId,
    };
  });
}

async function namesOfUsers(environment: Environment): Promise<Set<string>> {
  const rows = await tables<IdentityTables>(environment.store.db)
    .selectFrom('identity.user')
    .select('name')
    .where('domain_id', '=', defaultDomain)
    .where('name', 'in', ['admin', 'demo'])
    .execute();
  return new Set(rows.map(({ name }) => name));
}

/** A user and a project of the same name, made when missing. */
async function account(tx: Tx, name: string, passwordHash: string | null, now: Date) {
  await sql`insert into identity.project (id, domain_id, name, description, enabled, created_at)
    values (${newHexId()}, ${defaultDomain}, ${name}, '', true, ${now}) on conflict do nothing`.execute(tx);
  const db = tables<IdentityTables>(tx);
  const project = await db
    .selectFrom('identity.project')
    .select('id')
    .where('domain_id', '=', defaultDomain)
    .where(sql`lower(name)`, '=', name)
    .executeTakeFirstOrThrow();
  if (passwordHash !== null) {
    await sql`insert into identity.user
      (id, domain_id, name, password_hash, enabled, default_project_id, tokens_valid_from, created_at)
      values (${newHexId()}, ${defaultDomain}, ${name}, ${passwordHash}, true, ${project.id}, ${now}, ${now})
      on conflict do nothing`.execute(tx);
  }
  const user = await db
    .selectFrom('identity.user')
    .select('id')
    .where('domain_id', '=', defaultDomain)
    .where(sql`lower(name)`, '=', name)
    .executeTakeFirstOrThrow();
  return { userId: user.id, projectId: project.id };
}

async function grant(tx: Tx, userId: string, role: string, targets: readonly string[]): Promise<void> {
  await sql`insert into identity.role_assignment (user_id, target, role_id)
    select ${userId}, unnest(${[...targets]}::text[]), id from identity.role where name = ${role} and domain_id is null
    on conflict do nothing`.execute(tx);
}

import { badRequest, conflict, Fault } from '../../kernel/base/errors.ts';
import { derivedId } from '../../kernel/base/ids.ts';
import { execute, type Store, sql } from '../../kernel/store/index.ts';
import type { CloudAccess, CloudCredential, Stack } from '../index.ts';

/**
 * A cloud that only remembers, in the test's database: what one process has asked of it, the next one finds after a crash.
 * A stack is complete at the second look, or at the first when the cloud is `instant`; a template with `fail` fails; one with
 * `invalid` is refused.
 */
export interface SimulatedCloud extends CloudAccess {
  /** Makes its tables, unless they exist. */
  prepare(): Promise<void>;
  /** The names of the stacks that are there. */
  stacks(): Promise<string[]>;
  /** How often each stack was really created. */
  creations(): Promise<Record<string, number>>;
  /** The names of the application credentials, and how many calls have made one. */
  credentials(): Promise<string[]>;
}

interface StackRow {
  id: string;
  name: string;
  project_id: string;
  template: string;
  status: string;
}

const tables = `create schema if not exists simulated_cloud;
  create table if not exists simulated_cloud.stack (
    name text not null, project_id text not null, id text not null, template text not null, status text not null,
    power text not null default 'on', primary key (project_id, name));
  create table if not exists simulated_cloud.creation (name text not null);
  create table if not exists simulated_cloud.credential (
    user_id text not null, name text not null, id text not null, secret text not null, primary key (user_id, name))`;

/** The id of the server in a stack of that name. */
export function simulatedServerId(stackName: string): string {
  return derivedId('simulated-server', stackName);
}

export function createSimulatedCloud({ db }: Store, instant = false): SimulatedCloud {
  async function authorise(credential: CloudCredential): Promise<void> {
    const { rows } = await sql`select 1 from simulated_cloud.credential where id = ${credential.id}
      and secret = ${credential.secret} and user_id = ${credential.userId}`.execute(db);
    if (rows.length === 0) throw new Fault('unauthorized', 'The application credential is not valid.');
  }

  async function stackRow({ projectId }: CloudCredential, name: string): Promise<StackRow | undefined> {
    const { rows } = await sql<StackRow>`select * from simulated_cloud.stack
      where name = ${name} and project_id = ${projectId}`.execute(db);
    return rows[0];
  }

  /** Brings what is in progress to its end. */
  async function goOn({ projectId }: CloudCredential, name: string): Promise<void> {
    await sql`delete from simulated_cloud.stack
      where name = ${name} and project_id = ${projectId} and status = 'DELETE_IN_PROGRESS'`.execute(db);
    await sql`update simulated_cloud.stack
      set status = case when template like '%fail%' then 'CREATE_FAILED' else 'CREATE_COMPLETE' end
      where name = ${name} and project_id = ${projectId} and status = 'CREATE_IN_PROGRESS'`.execute(db);
  }

  const column = async (query: ReturnType<typeof sql<{ name: string }>>) =>
    (await query.execute(db)).rows.map(({ name }) => name);

  return {
    prepare: () => execute(db, tables),
    stacks: () => column(sql`select name from simulated_cloud.stack order by name`),
    credentials: () => column(sql`select name from simulated_cloud.credential order by name`),
    async creations() {
      const { rows } = await sql<{ name: string; count: bigint }>`
        select name, count(*) as count from simulated_cloud.creation group by name`.execute(db);
      return Object.fromEntries(rows.map(({ name, count }) => [name, Number(count)]));
    },
    async validateTemplate(_caller, template) {
      if (template.includes('invalid')) throw badRequest('line 3: resources.server: unknown key "invalid".');
    },
    async createApplicationCredential({ userId }, { name, secret }) {
      const id = derivedId('simulated-credential', userId, name);
      await sql`insert into simulated_cloud.credential (user_id, name, id, secret)
        values (${userId}, ${name}, ${id}, ${secret}) on conflict do nothing`.execute(db);
      return { id };
    },
    async createStack(credential, { name, template }) {
      await authorise(credential);
      const id = derivedId('simulated-stack', name);
      const { rows } = await sql`with made as (
          insert into simulated_cloud.stack (name, project_id, id, template, status)
          values (${name}, ${credential.projectId}, ${id}, ${template}, 'CREATE_IN_PROGRESS')
          on conflict do nothing returning name)
        insert into simulated_cloud.creation select name from made returning name`.execute(db);
      if (rows.length === 0) throw conflict(`The Stack (${name}) already exists.`);
      return { id };
    },
    async findStack(credential, name): Promise<Stack | undefined> {
      await authorise(credential);
      if (instant) await goOn(credential, name);
      const row = await stackRow(credential, name);
      if (row === undefined) return undefined;
      if (!instant) await goOn(credential, name);
      const reason = row.status === 'CREATE_FAILED' ? 'Resource CREATE failed: no capacity left.' : '';
      const outputs = { url: `http://198.51.100.7/${name}` };
      return { id: row.id, name, status: row.status, statusReason: reason, outputs };
    },
    async listStackResources(credential, { name }) {
      await authorise(credential);
      return [
        { name: 'server', type: 'OS::Nova::Server', physicalId: simulatedServerId(name), status: 'CREATE_COMPLETE' },
      ];
    },
    async updateStack(credential, { name, template }) {
      await authorise(credential);
      await sql`update simulated_cloud.stack set status = 'UPDATE_COMPLETE', template = ${template}
        where name = ${name} and project_id = ${credential.projectId}`.execute(db);
    },
    async power(credential, { name }, running) {
      await authorise(credential);
      await sql`update simulated_cloud.stack set power = ${running ? 'on' : 'off'}
        where name = ${name} and project_id = ${credential.projectId}`.execute(db);
      return true;
    },
    async deleteStack(credential, name) {
      await authorise(credential);
      await sql`update simulated_cloud.stack set status = 'DELETE_IN_PROGRESS'
        where name = ${name} and project_id = ${credential.projectId}`.execute(db);
    },
  };
}

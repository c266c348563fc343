import { createHash, randomBytes } from 'node:crypto';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { newHexId } from '../../../kernel/base/ids.ts';
import { sql } from '../../../kernel/store/index.ts';
import type { Environment } from '../environment.ts';
import { identityTables, must, type Page, paged, unknown, withConflicts } from '../store/queries.ts';
import type { CredentialRow, Extra } from '../store/tables.ts';

/** A credential with its secret part readable. */
export type Credential = Omit<CredentialRow, 'extra'> & { readonly extra: Extra };

export interface CredentialAttributes {
  readonly user_id: string;
  readonly project_id: string | null;
  readonly type: string;
  readonly blob: string;
  readonly extra: Extra;
}

const ec2 = 'ec2';

/** The id of an EC2 credential follows from its access key, by which requests name it. */
export function ec2CredentialId(access: string): string {
  return createHash('sha256').update(access).digest('hex');
}

/** Keeps a credential, sealed. Of type `ec2`, its blob is JSON with `access` and `secret`, and it is for a project. */
export async function createCredential(environment: Environment, wanted: CredentialAttributes): Promise<Credential> {
  const id = wanted.type === ec2 ? ec2CredentialId(accessKeyOf(wanted)) : newHexId();
  const { blob, extra, ...columns } = wanted;
  return withConflicts('credential', id, () =>
    environment.store.transact(async (tx) => {
      await must(tx, 'user', wanted.user_id);
      if (wanted.project_id !== null) await must(tx, 'project', wanted.project_id);
      const row = await identityTables(tx)
        .insertInto('identity.credential')
        .values({
          id,
          ...columns,
          blob: environment.sealer.seal(blob, id),
          extra: sql<Extra>`${JSON.stringify(extra)}::json`,
          created_at: environment.clock.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return { ...row, blob };
    }),
  );
}

function accessKeyOf({ blob, project_id }: Pick<CredentialAttributes, 'blob' | 'project_id'>): string {
  const { access } = parseKeys(blob);
  if (access === undefined)
    throw badRequest('Invalid blob in credential: a JSON object with access and secret is needed.');
  if (project_id === null) throw badRequest('A project_id is needed for an ec2 credential.');
  return access;
}

/** What the blob of an EC2 credential says; empty when it is none. */
export function parseKeys(blob: string): { readonly access?: string; readonly secret?: string } {
  try {
    const { access, secret } = JSON.parse(blob) as Record<string, unknown>;
    return typeof access === 'string' && typeof secret === 'string' && access !== '' ? { access, secret } : {};
  } catch {
    return {};
  }
}

/** A new key pair by which the user signs requests in the project. */
export function createEc2Credential(environment: Environment, userId: string, projectId: string): Promise<Credential> {
  const [access, secret] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
  const blob = JSON.stringify({ access, secret, trust_id: null });
  return createCredential(environment, { user_id: userId, project_id: projectId, type: ec2, blob, extra: {} });
}

export async function listCredentials(
  environment: Environment,
  filter: Page & { readonly userId?: string; readonly type?: string },
): Promise<Credential[]> {
  let query = identityTables(environment.store.db).selectFrom('identity.credential').selectAll();
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId);
  if (filter.type !== undefined) query = query.where('type', '=', filter.type);
  return (await paged(query, 'id', filter).execute()).map((row) => opened(environment, row));
}

/** The credential; undefined when there is none. */
export async function findCredential(environment: Environment, id: string): Promise<Credential | undefined> {
  const row = await identityTables(environment.store.db)
    .selectFrom('identity.credential')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && opened(environment, row);
}

function opened({ sealer }: Environment, row: CredentialRow): Credential {
  return { ...row, blob: sealer.open(row.blob, row.id) };
}

export async function updateCredential(
  environment: Environment,
  id: string,
  wanted: Partial<CredentialAttributes>,
): Promise<Credential> {
  return withConflicts('credential', id, () =>
    environment.store.transact(async (tx) => {
      const db = identityTables(tx);
      const row = await db
        .selectFrom('identity.credential')
        .selectAll()
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst();
      if (row === undefined) throw unknown('credential', id);
      const before = opened(environment, row);
      const { blob = before.blob, extra, ...columns } = wanted;
      const after = { ...before, ...columns, blob };
      if (after.type === ec2) accessKeyOf(after);
      if (columns.user_id !== undefined) await must(tx, 'user', columns.user_id);
      if (columns.project_id != null) await must(tx, 'project', columns.project_id);
      const merged = { ...before.extra, ...extra };
      await db
        .updateTable('identity.credential')
        .set({
          ...columns,
          blob: environment.sealer.seal(blob, id),
          extra: sql<Extra>`${JSON.stringify(merged)}::json`,
        })
        .where('id', '=', id)
        .execute();
      return { ...after, extra: merged };
    }),
  );
}

export async function deleteCredential(environment: Environment, id: string): Promise<void> {
  const { numDeletedRows } = await identityTables(environment.store.db)
    .deleteFrom('identity.credential')
    .where('id', '=', id)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new Fault('notFound', `Could not find credential: ${id.slice(0, 255)}.`);
}

import { randomUUID } from 'node:crypto';
import type { BlockList } from 'node:net';
import type { Readable } from 'node:stream';
import type { Context } from '../../../kernel/access/context.ts';
import { asFault, badRequest, conflict, type Fault } from '../../../kernel/base/errors.ts';
import { type Connection, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import { later, type Reconciler } from '../../../kernel/work/index.ts';
import type { ImageRecord } from '../domain/image.ts';
import { parseSource } from '../domain/web-source.ts';
import { activate, refuseBytes } from '../operations/bytes.ts';
import { ownImage } from '../operations/images.ts';
import type { ImageOperationsDeps } from '../operations/settings.ts';
import { findImage, updateImage } from '../store/images.ts';
import type { ImageTables, ImportRequest, TaskRow } from '../store/tables.ts';
import { fetchSource } from './fetch-source.ts';

export const importReconciler = 'image.import';
/** How bytes may come to an image that is imported. */
export const importMethods = ['glance-direct', 'web-download'] as const;

export interface ImportDeps extends ImageOperationsDeps {
  /** Networks that are not on the Internet and may be fetched from nevertheless. */
  readonly allowedSources: BlockList;
}

/** Imports at a time: each may read a whole image. */
const mostImports = 4;
const fullMs = 500;
/** The longest that fetching one image may take. */
const longestFetchMs = 6 * 3_600_000;
/** How long an ended task can be looked at. */
const taskKeptMs = 48 * 3_600_000;

/** Keeps the bytes of a queued image for its import. */
export async function stageImage(
  deps: ImportDeps,
  context: Context,
  id: string,
  bytes: () => Readable,
  signal?: AbortSignal,
): Promise<void> {
  refuseBytes(await deps.store.transact((tx) => ownImage(tx, context, id)));
  const received = await deps.files.receive(bytes(), deps.maxBytes, signal);
  try {
    await deps.store.transact(async (tx) => {
      refuseBytes(await ownImage(tx, context, id));
      await updateImage(tx, id, { status: 'uploading', updated_at: deps.clock.now() });
      await deps.files.stage(received, id);
    });
  } finally {
    await deps.files.discard(received);
  }
}

/** Takes the order for an import; the reconciler carries it out. */
export async function startImport(
  deps: ImportDeps,
  context: Context,
  id: string,
  { method: { name, uri } }: ImportRequest,
): Promise<void> {
  if (name === 'web-download') parseSource(uri ?? '');
  const now = deps.clock.now();
  await deps.store.transact(async (tx) => {
    const image = await ownImage(tx, context, id);
    if (name === 'glance-direct' && image.status !== 'uploading') {
      throw conflict("Image needs to be staged before 'glance-direct' method can be used");
    }
    if (name === 'web-download' && image.status !== 'queued') {
      throw conflict("Image needs to be in 'queued' state to use 'web-download' method");
    }
    refuseBytes({ ...image, status: 'queued' });
    const request: ImportRequest = { method: { name, ...(uri !== undefined && { uri }) } };
    await tables<ImageTables>(tx)
      .insertInto('image.task')
      .values({
        id: randomUUID(),
        image_id: id,
        owner: context.projectId,
        user_id: context.userId,
        request_id: context.requestId,
        status: 'pending',
        request: JSON.stringify(request),
        message: '',
        created_at: now,
        updated_at: now,
        expires_at: null,
      })
      .execute();
    await updateImage(tx, id, { status: 'importing', import_failed: false, updated_at: now });
    await deps.work.wake(tx, importReconciler, id);
  });
}

/** Carries imports out: the bytes are fetched or were staged, told by their content, and become the image's. */
export function createImportReconciler(deps: ImportDeps): Reconciler {
  let running = 0;
  return {
    name: importReconciler,
    async reconcile(id) {
      if (running >= mostImports) return later(fullMs);
      running += 1;
      try {
        await importImage(deps, id);
      } finally {
        running -= 1;
      }
      return undefined;
    },
    async list() {
      const db = tables<ImageTables>(deps.store.db);
      await db.deleteFrom('image.task').where('expires_at', '<', deps.clock.now()).execute();
      const rows = await db.selectFrom('image.image').select('id').where('status', '=', 'importing').execute();
      return rows.map(({ id }) => id);
    },
  };
}

async function importImage(deps: ImportDeps, id: string): Promise<void> {
  const image = await findImage(deps.store.db, id);
  const task = await runningTask(deps.store.db, id);
  if (task === undefined) return;
  if (image?.status !== 'importing') {
    await deps.store.transact((tx) => endTask(deps, tx, id, 'failure', `Image ${id} was deleted.`));
    return;
  }
  await deps.store.transact((tx) => setTask(tx, id, { status: 'processing', updated_at: deps.clock.now() }));
  let file: string | undefined;
  try {
    file = await bytesFor(deps, id, task.request as ImportRequest);
    await activate(deps, id, file, 'importing', (tx) => endTask(deps, tx, id, 'success', ''));
  } catch (error) {
    const fault = asFault(error);
    if (fault.retryable) throw error;
    await fail(deps, image, fault);
  } finally {
    // Staged bytes stay until it is decided what becomes of them; fetched ones can be fetched again.
    if (file !== undefined && (task.request as ImportRequest).method.name === 'web-download') {
      await deps.files.discard(file);
    }
  }
}

async function bytesFor(deps: ImportDeps, id: string, { method }: ImportRequest): Promise<string> {
  if (method.name === 'glance-direct') return deps.files.staged(id);
  const signal = AbortSignal.timeout(longestFetchMs);
  try {
    const body = await fetchSource(method.uri ?? '', deps.allowedSources, signal);
    return await deps.files.receive(body, deps.maxBytes, signal);
  } catch (error) {
    // Whatever it was, the source is not tried again and again on the cloud's own account: its owner may.
    const fault = asFault(error);
    throw fault.retryable ? badRequest('The download broke off.', { cause: error }) : fault;
  }
}

/** The image waits for bytes again, and its task says why. */
async function fail(deps: ImportDeps, { id }: ImageRecord, fault: Fault): Promise<void> {
  await deps.store.transact(async (tx) => {
    await endTask(deps, tx, id, 'failure', fault.message);
    if ((await findImage(tx, id, 'update'))?.status !== 'importing') return;
    await updateImage(tx, id, { status: 'queued', import_failed: true, updated_at: deps.clock.now() });
    // Before the commit: a queued image has no bytes.
    await deps.files.remove(id);
  });
}

function runningTask(connection: Connection, imageId: string): Promise<TaskRow | undefined> {
  return tables<ImageTables>(connection)
    .selectFrom('image.task')
    .selectAll()
    .where('image_id', '=', imageId)
    .where('status', 'in', ['pending', 'processing'])
    .executeTakeFirst();
}

async function setTask(tx: Tx, imageId: string, change: Partial<TaskRow>): Promise<void> {
  await tables<ImageTables>(tx)
    .updateTable('image.task')
    .set(change)
    .where('image_id', '=', imageId)
    .where('status', 'in', ['pending', 'processing'])
    .execute();
}

function endTask(deps: ImportDeps, tx: Tx, imageId: string, status: 'success' | 'failure', message: string) {
  const now = deps.clock.now();
  const expires_at = new Date(now.getTime() + taskKeptMs);
  return setTask(tx, imageId, { status, message, updated_at: now, expires_at });
}

/** The tasks of an image, or all that the caller may see, newest first. */
export async function listTasks(
  { store }: ImportDeps,
  filter: { readonly imageId?: string; readonly id?: string; readonly status?: string; readonly limit: number },
): Promise<TaskRow[]> {
  let query = tables<ImageTables>(store.db).selectFrom('image.task').selectAll();
  if (filter.imageId !== undefined) query = query.where('image_id', '=', filter.imageId);
  if (filter.id !== undefined) query = query.where('id', '=', filter.id);
  if (filter.status !== undefined) query = query.where(sql<boolean>`status = ${filter.status}`);
  return query.orderBy('created_at', 'desc').orderBy('id').limit(filter.limit).execute();
}

import type { Qmp } from './qmp.ts';

interface JobInfo {
  readonly id: string;
  readonly status: string;
  readonly error?: string;
}

/**
 * Runs one of QEMU's background jobs to its end; rejects with what it failed of. A job of that id that an earlier host
 * process left behind is ended first. When `signal` aborts, the job is cancelled, and rejects.
 */
export async function runJob(qmp: Qmp, id: string, command: string, args: object, signal?: AbortSignal): Promise<void> {
  const cancel = () => void qmp.execute('job-cancel', { id }).catch(() => {});
  if (await find(qmp, id)) {
    cancel();
    await conclude(qmp, id).catch(() => {});
  }
  await qmp.execute(command, { 'job-id': id, ...args });
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    await conclude(qmp, id);
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** Waits until the job is over and takes it off QEMU's list. */
async function conclude(qmp: Qmp, id: string): Promise<void> {
  const over = Promise.withResolvers<void>();
  const stop = qmp.listen(({ event, data }) => {
    if (event === 'JOB_STATUS_CHANGE' && data.id === id && data.status === 'concluded') over.resolve();
  });
  try {
    if ((await find(qmp, id))?.status === 'concluded') over.resolve();
    await Promise.race([over.promise, qmp.closed.then(() => Promise.reject(new Error('QEMU ended')))]);
    const job = await find(qmp, id);
    await qmp.execute('job-dismiss', { id });
    if (job?.error !== undefined) throw new Error(job.error);
  } finally {
    stop();
  }
}

async function find(qmp: Qmp, id: string): Promise<JobInfo | undefined> {
  return (await qmp.execute<JobInfo[]>('query-jobs')).find((job) => job.id === id);
}

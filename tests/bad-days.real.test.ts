import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, until } from './harness/client.ts';
import { type RealCloud, startRealCloud } from './harness/real-cloud.ts';
import { createStack, deleteStack, nothing, outputOf, type Stack, settledStack, thingsOf } from './harness/stacks.ts';

const exec = promisify(execFile);
let cloud: RealCloud;
let demo: Session;

beforeAll(async () => {
  cloud = await startRealCloud();
  demo = await cloud.signIn('demo');
}, 120_000);
afterAll(() => cloud?.destroy(), 120_000);

/** The page of a stack, once it answers. */
const page = (stack: Stack): Promise<string | undefined> =>
  until(
    () => text(outputOf(stack, 'url')),
    (seen) => seen?.includes('<h1>Bonjour</h1>') === true,
    90,
  );

async function text(url: string): Promise<string | undefined> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  return response?.text();
}

/** The pids of the guests of this cloud, by server. */
async function guests(): Promise<Map<string, number>> {
  const { stdout } = await exec('pgrep', ['-fa', 'qemu-system-x86_64']).catch(() => ({ stdout: '' }));
  const own = stdout.split('\n').filter((line) => line.includes(cloud.dataDir) || line.includes('-name'));
  const servers = await demo.call<{ servers: { id: string }[] }>('GET', '/compute/v2.1/servers');
  const ids = new Set((servers.body.servers ?? []).map(({ id }) => id));
  const found = own.map((line) => [/-name (\S+)/.exec(line)?.[1] ?? '', Number.parseInt(line, 10)] as const);
  return new Map(found.filter(([id]) => ids.has(id)));
}

async function serverStatus(stack: Stack): Promise<string> {
  const answer = await demo.call<{ server?: { status: string } }>(
    'GET',
    `/compute/v2.1/servers/${outputOf(stack, 'server_id')}`,
  );
  return answer.body.server?.status ?? `HTTP ${answer.status}`;
}

/** Kills parts of the cloud with -9, at once; answers their pids. Pid 0 would be this very test. */
async function kill(...names: readonly string[]): Promise<number[]> {
  const running = await cloud.pids();
  const pids = names.map((name) => running[name] ?? 0);
  if (pids.some((pid) => pid <= 0)) throw new Error(`not all of ${names.join(', ')} run`);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return pids;
}

/** Kills a part of the cloud with -9 and waits until the supervisor has it running anew. */
async function killed(name: string): Promise<void> {
  const [before] = await kill(name);
  const state = async () => (await cloud.status()).processes.find((process) => process.name === name);
  await until(state, (seen) => seen?.state === 'ready' && seen.pid !== before, 60);
}

describe.runIf(process.getuid?.() === 0)('on a bad day', () => {
  let stack: Stack;

  it('a page is up', async () => {
    stack = await settledStack(demo, 'page', await createStack(demo, 'page'), 60);
    expect(stack).toMatchObject({ stack_status: 'CREATE_COMPLETE' });
    await page(stack);
  });

  it('PostgreSQL is killed: it is started again, and the work goes on', async () => {
    const before = await guests();
    await killed('postgres');
    await until(
      () => serverStatus(stack),
      (status) => status === 'ACTIVE',
      30,
    );
    const id = await createStack(demo, 'after-postgres', {
      heat_template_version: '2018-08-31',
      resources: { n: { type: 'OS::Neutron::Net' } },
    });
    expect(await settledStack(demo, 'after-postgres', id, 30)).toMatchObject({ stack_status: 'CREATE_COMPLETE' });
    await deleteStack(demo, 'after-postgres', id);
    expect(await settledStack(demo, 'after-postgres', id, 30)).toMatchObject({ stack_status: 'DELETE_COMPLETE' });
    expect(await guests()).toEqual(before);
  });

  it.each(['ovn-controller', 'ovs-vswitchd'])(
    '%s is killed: it is started again, and the page answers',
    async (name) => {
      await killed(name);
      await page(stack);
    },
  );

  it('QEMU is killed: it is noticed, the server runs again', async () => {
    const id = outputOf(stack, 'server_id');
    const before = (await guests()).get(id);
    if (before === undefined) throw new Error('no guest runs');
    process.kill(before, 'SIGKILL');
    const after = await until(guests, (all) => (all.get(id) ?? before) !== before, 60);
    expect(after.size).toBe(1);
    await until(
      () => serverStatus(stack),
      (status) => status === 'ACTIVE',
      60,
    );
    await page(stack);
  });

  it.each([1, 2, 3])(
    'the control plane is killed with -9 in the midst of work, time %i: nothing is lost or made twice',
    async (time) => {
      const name = `killed-${time}`;
      const bystanders = await guests();
      const id = await createStack(demo, name);
      const delay = Math.round(Math.random() * 2500);
      await new Promise((resolve) => setTimeout(resolve, delay));
      await kill('host', 'api');
      await cloud.up();
      const made = await settledStack(demo, name, id, 90);
      expect(made, `killed after ${delay} ms`).toMatchObject({ stack_status: 'CREATE_COMPLETE' });
      await page(made);
      const now = await guests();
      for (const [server, pid] of bystanders) expect(now.get(server), 'a guest outlives us').toBe(pid);
      expect(now.size).toBe(bystanders.size + 1);
      expect(await thingsOf(demo)).toEqual({ servers: 2, ports: 4, routers: 2, floatingips: 2, networks: 2 });
      await deleteStack(demo, name, id);
      expect(await settledStack(demo, name, id, 60)).toMatchObject({ stack_status: 'DELETE_COMPLETE' });
    },
  );

  it('and in the end nothing is left', async () => {
    await deleteStack(demo, 'page', stack.id);
    expect(await settledStack(demo, 'page', stack.id, 60)).toMatchObject({ stack_status: 'DELETE_COMPLETE' });
    expect(await thingsOf(demo)).toEqual(nothing);
    expect((await guests()).size).toBe(0);
  });
});

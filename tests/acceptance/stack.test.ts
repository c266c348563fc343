import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, signIn, until } from './client.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from './cloud.ts';

let cloud: TestCloud;
let demo: Session;
let template: string;

interface Stack {
  id: string;
  stack_status: string;
  stack_status_reason: string;
  outputs: { output_key: string; output_value: unknown }[];
  parameters: Record<string, string>;
}

beforeAll(async () => {
  cloud = await startCloud();
  demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
  template = await readFile(new URL('../../examples/web-page/template.yaml', import.meta.url), 'utf8');
  const admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
  const image = await admin.call<{ id: string }>('POST', '/image/v2/images', {
    name: 'andromede-tiny',
    disk_format: 'raw',
    container_format: 'bare',
    visibility: 'public',
  });
  const upload = await admin.call('PUT', `/image/v2/images/${image.body.id}/file`, Buffer.alloc(512));
  expect(upload.status).toBe(204);
});
afterAll(() => cloud?.close());

const stacks = () => `/orchestration/v1/${demo.projectId}/stacks`;

async function create(name: string, more: object = {}): Promise<string> {
  const answer = await demo.call<{ stack: { id: string } }>('POST', stacks(), { stack_name: name, template, ...more });
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.stack.id;
}

async function ended(name: string, id: string): Promise<Stack> {
  const show = async () => {
    const answer = await demo.call<{ stack: Stack }>('GET', `${stacks()}/${name}/${id}`);
    expect(answer).toMatchObject({ status: 200 });
    return answer.body.stack;
  };
  return until(show, ({ stack_status }) => !stack_status.endsWith('IN_PROGRESS'));
}

async function left(): Promise<number> {
  const lists: [string, string][] = [
    ['/compute/v2.1/servers', 'servers'],
    ['/network/v2.0/ports', 'ports'],
    ['/network/v2.0/routers', 'routers'],
    ['/network/v2.0/floatingips', 'floatingips'],
    [`/network/v2.0/networks?project_id=${demo.projectId}`, 'networks'],
  ];
  const counts = await Promise.all(
    lists.map(async ([path, key]) => (await demo.call<Record<string, unknown[]>>('GET', path)).body[key]?.length ?? 0),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('a stack', () => {
  it('is made whole, tells its outputs, and when deleted leaves nothing', async () => {
    const id = await create('page', { parameters: { title: 'Salut' } });
    const stack = await ended('page', id);
    expect(stack).toMatchObject({ stack_status: 'CREATE_COMPLETE', parameters: { title: 'Salut', size: 'm1.tiny' } });
    const outputs = Object.fromEntries(stack.outputs.map((output) => [output.output_key, output.output_value]));
    expect(outputs.url).toMatch(/^http:\/\/172\.24\.4\.\d+\/$/);
    const server = await demo.call<{ server: { status: string } }>('GET', `/compute/v2.1/servers/${outputs.server_id}`);
    expect(server.body.server.status).toBe('ACTIVE');

    const events = await demo.call<{ events: { resource_name: string; resource_status: string }[] }>(
      'GET',
      `${stacks()}/page/${id}/events`,
    );
    expect(events.body.events.at(-1)).toMatchObject({ resource_name: 'page', resource_status: 'CREATE_COMPLETE' });

    expect((await demo.call('DELETE', `${stacks()}/page/${id}`)).status).toBe(204);
    expect((await ended('page', id)).stack_status).toBe('DELETE_COMPLETE');
    expect(await left()).toBe(0);
  });

  it('may be deleted while it is being made', async () => {
    const id = await create('brief');
    expect((await demo.call('DELETE', `${stacks()}/brief/${id}`)).status).toBe(204);
    expect((await ended('brief', id)).stack_status).toBe('DELETE_COMPLETE');
    expect(await left()).toBe(0);
  });

  it('that fails keeps what was made unless a rollback was asked for', async () => {
    const broken = template.replace('flavor: {get_param: size}', 'flavor: no-such-flavor');
    const kept = await create('kept', { template: broken });
    expect(await ended('kept', kept)).toMatchObject({
      stack_status: 'CREATE_FAILED',
      stack_status_reason: expect.stringMatching(/^Resource CREATE failed: server: .*no-such-flavor/),
    });
    expect(await left()).toBeGreaterThan(0);
    await demo.call('DELETE', `${stacks()}/kept/${kept}`);
    expect((await ended('kept', kept)).stack_status).toBe('DELETE_COMPLETE');
    const rolledBack = await create('rolled-back', { template: broken, disable_rollback: false });
    expect((await ended('rolled-back', rolledBack)).stack_status).toBe('ROLLBACK_COMPLETE');
    expect(await left()).toBe(0);
  });

  it.each([
    [{ stack_name: '1st', template: {} }, 400, /Invalid stack name/],
    [
      { stack_name: 'a', template: 'resources:\n  a: {type: OS::None::Such}\nheat_template_version: 2018-08-31' },
      400,
      /line 2: resources\.a\.type: OS::None::Such is not supported/,
    ],
    [{ stack_name: 'a', template_url: 'http://x/' }, 501, /template_url is not supported/],
  ])('described by %j is refused with %i', async (body, status, message) => {
    const answer = await demo.call<{ error: { message: string } }>('POST', stacks(), body);
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toMatch(message);
  });

  it('has a name of its own in the project, and is found by it', async () => {
    const id = await create('named');
    expect((await demo.call('POST', stacks(), { stack_name: 'named', template })).status).toBe(409);
    const found = await demo.call('GET', `${stacks()}/named`);
    expect([found.status, found.headers.get('location')]).toEqual([302, `${cloud.url}${stacks()}/named/${id}`]);
    await demo.call('DELETE', `${stacks()}/named/${id}`);
    expect((await ended('named', id)).stack_status).toBe('DELETE_COMPLETE');
  });

  it('is nothing to another project', async () => {
    const id = await create('private');
    const admin = await signIn(cloud.url, 'admin', adminPassword, 'admin');
    expect((await admin.call('GET', `${stacks()}/private/${id}`)).status).toBe(403);
    expect((await admin.call('GET', `/orchestration/v1/${admin.projectId}/stacks/private/${id}`)).status).toBe(404);
    await demo.call('DELETE', `${stacks()}/private/${id}`);
    await ended('private', id);
  });
});

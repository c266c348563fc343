import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, signIn } from '../harness/client.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';
import { createStack, nothing, outputOf, settledStack, thingsOf, webPage } from '../harness/stacks.ts';

let cloud: TestCloud;
let demo: Session;

beforeAll(async () => {
  cloud = await startCloud();
  demo = await signIn(cloud.url, 'demo', demoPassword, 'demo');
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
const create = (name: string, broken?: string) => createStack(demo, name, broken);
const ended = (name: string, id: string) => settledStack(demo, name, id);

describe('a stack', () => {
  it('is made whole, tells its outputs, and when deleted leaves nothing', async () => {
    const id = await create('page');
    const stack = await ended('page', id);
    expect(stack).toMatchObject({ stack_status: 'CREATE_COMPLETE', parameters: { title: 'Bonjour', size: 'm1.tiny' } });
    expect(outputOf(stack, 'url')).toMatch(/^http:\/\/172\.24\.4\.\d+\/$/);
    const server = await demo.call<{ server: { status: string } }>(
      'GET',
      `/compute/v2.1/servers/${outputOf(stack, 'server_id')}`,
    );
    expect(server.body.server.status).toBe('ACTIVE');

    const events = await demo.call<{ events: { resource_name: string; resource_status: string }[] }>(
      'GET',
      `${stacks()}/page/${id}/events`,
    );
    expect(events.body.events.at(-1)).toMatchObject({ resource_name: 'page', resource_status: 'CREATE_COMPLETE' });

    expect((await demo.call('DELETE', `${stacks()}/page/${id}`)).status).toBe(204);
    expect((await ended('page', id)).stack_status).toBe('DELETE_COMPLETE');
    expect(await thingsOf(demo)).toEqual(nothing);
  });

  it('may be deleted while it is being made', async () => {
    const id = await create('brief');
    expect((await demo.call('DELETE', `${stacks()}/brief/${id}`)).status).toBe(204);
    expect((await ended('brief', id)).stack_status).toBe('DELETE_COMPLETE');
    expect(await thingsOf(demo)).toEqual(nothing);
  });

  it('that fails keeps what was made unless a rollback was asked for', async () => {
    // The server comes last, so that everything else is there when it fails.
    const broken = webPage
      .replace('flavor: {get_param: size}', 'flavor: no-such-flavor')
      .replace('type: OS::Nova::Server', 'type: OS::Nova::Server\n    depends_on: address');
    const kept = await create('kept', broken);
    expect(await ended('kept', kept)).toMatchObject({
      stack_status: 'CREATE_FAILED',
      stack_status_reason: expect.stringMatching(/^Resource CREATE failed: server: .*no-such-flavor/),
    });
    expect(await thingsOf(demo)).toEqual({ servers: 0, ports: 2, routers: 1, floatingips: 1, networks: 1 });
    await demo.call('DELETE', `${stacks()}/kept/${kept}`);
    expect((await ended('kept', kept)).stack_status).toBe('DELETE_COMPLETE');
    const body = { stack_name: 'rolled-back', template: broken, disable_rollback: false };
    const rolledBack = await demo.call<{ stack: { id: string } }>('POST', stacks(), body);
    expect((await ended('rolled-back', rolledBack.body.stack.id)).stack_status).toBe('ROLLBACK_COMPLETE');
    expect(await thingsOf(demo)).toEqual(nothing);
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
    expect((await demo.call('POST', stacks(), { stack_name: 'named', template: webPage })).status).toBe(409);
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

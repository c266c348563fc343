import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Credentials, type OpenStack, openStack } from '../../src/client/index.ts';
import { until } from '../harness/client.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';
import { webPage } from '../harness/stacks.ts';

/** The client that market and command line use, against a whole cloud. */
let cloud: TestCloud;
let demo: OpenStack;
let admin: OpenStack;

const credentials = (name: string, password: string): Credentials => ({
  kind: 'password',
  user: { name },
  password,
  scope: { project: { name } },
});

beforeAll(async () => {
  cloud = await startCloud();
  demo = openStack({ authUrl: `${cloud.url}/identity/v3`, credentials: credentials('demo', demoPassword) });
  // The bare address does too.
  admin = openStack({ authUrl: cloud.url, credentials: credentials('admin', adminPassword) });
});
afterAll(async () => {
  for (const client of [demo, admin]) client?.close();
  await cloud?.close();
});

describe('the typed client', () => {
  it('knows who signed in', async () => {
    expect(await demo.session.current()).toMatchObject({
      user: { name: 'demo' },
      project: { name: 'demo' },
      roles: ['member', 'reader'],
    });
  });

  it('uploads an image, plays a stack and sees its server, network and address', { timeout: 60_000 }, async () => {
    const data = Buffer.alloc(100_000, 7);
    const image = await admin.image.createImage({ name: 'andromede-tiny', diskFormat: 'raw', visibility: 'public' });
    await admin.image.upload(image.id, Readable.from([data]));
    expect(await demo.image.findImage('andromede-tiny')).toMatchObject({ id: image.id, sizeBytes: data.length });
    expect((await buffer(await demo.image.download(image.id))).equals(data)).toBe(true);
    await expect(demo.image.deleteImage(image.id)).rejects.toMatchObject({ code: 'forbidden' });

    const parameters = await demo.orchestration.validateTemplate(webPage);
    expect(Object.keys(parameters)).toContain('title');
    await expect(demo.orchestration.validateTemplate('resources: [')).rejects.toMatchObject({ code: 'badRequest' });

    const { id } = await demo.orchestration.createStack({ name: 'typed', template: webPage });
    const again = demo.orchestration.createStack({ name: 'typed', template: webPage });
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    const stack = await until(
      () => demo.orchestration.findStack('typed'),
      (seen) => seen?.status === 'CREATE_COMPLETE',
    );
    expect(stack).toMatchObject({ id, name: 'typed', outputs: { url: expect.stringContaining('http://') } });
    const resources = await demo.orchestration.listResources({ id, name: 'typed' });
    const serverId = resources.find(({ type }) => type === 'OS::Nova::Server')?.physicalId ?? '';
    const server = await demo.compute.findServer(serverId);
    expect(server).toMatchObject({ status: 'ACTIVE', imageId: image.id });
    const [floatingIp] = await demo.network.listFloatingIps();
    const addresses = Object.values(server?.addresses ?? {}).flat();
    expect(addresses).toContainEqual({ address: floatingIp?.address, version: 4, kind: 'floating' });
    const [external] = await demo.network.listNetworks({ external: true });
    expect(floatingIp?.networkId).toBe(external?.id);
    expect((await demo.orchestration.listEvents({ id, name: 'typed' })).length).toBeGreaterThan(3);

    expect(await demo.orchestration.deleteStack('typed')).toBe(true);
    await until(
      () => demo.orchestration.findStack('typed'),
      (seen) => seen === undefined,
    );
    expect(await demo.compute.listServers()).toEqual([]);
    expect(await demo.orchestration.deleteStack('typed')).toBe(false);
  });

  it('makes an application credential with a secret of ours, and works by it', async () => {
    const { credential } = await demo.identity.createApplicationCredential({ name: 'robot', secret: 'chosen here' });
    const robot = openStack({
      authUrl: `${cloud.url}/identity`,
      credentials: { kind: 'applicationCredential', id: credential.id, secret: 'chosen here' },
    });
    expect(await robot.orchestration.listStacks()).toBeDefined();
    const repeated = demo.identity.createApplicationCredential({ name: 'robot' });
    await expect(repeated).rejects.toMatchObject({ code: 'conflict' });
    expect(await demo.identity.findApplicationCredential('robot')).toEqual(credential);
    expect(await demo.identity.deleteApplicationCredential(credential.id)).toBe(true);
    await expect(robot.orchestration.listStacks()).rejects.toMatchObject({ code: 'unauthorized' });
    robot.close();
  });

  it("acts with a person's token as it is", async () => {
    const { token } = await demo.session.current();
    const person = openStack({ authUrl: `${cloud.url}/identity/v3`, credentials: { kind: 'token', token } });
    expect((await person.session.current()).project?.name).toBe('demo');
    const { credential } = await person.identity.createApplicationCredential({ name: 'by token' });
    expect(await person.identity.deleteApplicationCredential(credential.id)).toBe(true);
    person.close();
  });

  it('administers users and projects', async () => {
    const project = await admin.identity.createProject({ name: 'atelier', domainId: 'default' });
    const user = await admin.identity.createUser({ name: 'lea', domainId: 'default', password: 'secret' });
    await admin.identity.grantRole('member', user.id, project.id);
    expect(await admin.identity.findUser('lea', 'default')).toEqual(user);
    const scope = { project: { id: project.id } };
    const access: Credentials = { kind: 'password', user: { id: user.id }, password: 'secret', scope };
    const lea = openStack({ authUrl: `${cloud.url}/identity/v3`, credentials: access });
    expect((await lea.session.current()).roles).toEqual(['member', 'reader']);
    await expect(lea.identity.createDomain('mine')).rejects.toMatchObject({ code: 'forbidden' });
    lea.close();
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, signIn } from '../harness/client.ts';
import { adminPassword, demoPassword, startCloud, type TestCloud } from '../harness/simulated-cloud.ts';
import type { Command } from './openstack-client/command.ts';
import { computeCommands, computeGoodbyes } from './openstack-client/compute.ts';
import { identityCommands } from './openstack-client/identity.ts';
import { imageCommands } from './openstack-client/image.ts';
import { networkCommands, networkGoodbyes } from './openstack-client/network.ts';
import { type OpenStackCommand, startOpenStackCommand } from './openstack-client/session.ts';
import { volumeCommands } from './openstack-client/volume.ts';

/** Where the ids of things are looked up by name, and the member of the answer that lists them. */
const kinds: Readonly<Record<string, readonly [path: string, list: string]>> = {
  project: ['/identity/v3/projects?name=', 'projects'],
  user: ['/identity/v3/users?name=', 'users'],
  group: ['/identity/v3/groups?name=', 'groups'],
  role: ['/identity/v3/roles?name=', 'roles'],
  image: ['/image/v2/images?name=', 'images'],
  router: ['/network/v2.0/routers?name=', 'routers'],
  'security-group': ['/network/v2.0/security-groups?name=', 'security_groups'],
  'floating-ip': ['/network/v2.0/floatingips?description=', 'floatingips'],
  server: ['/compute/v2.1/servers?name=', 'servers'],
};

/** The first version of the compute API that tells whether a server is locked. */
const lockTold = { 'X-OpenStack-Nova-API-Version': '2.9' };

let cloud: TestCloud;
let openstack: Readonly<Record<Command['as'], OpenStackCommand>>;
let people: Readonly<Record<Command['as'], Session>>;
const folder = mkdtempSync(join(tmpdir(), 'andromede-openstack-'));

beforeAll(async () => {
  cloud = await startCloud();
  const passwords = { admin: adminPassword, demo: demoPassword };
  const entry = (who: keyof typeof passwords) => ({
    region_name: 'RegionOne',
    identity_api_version: 3,
    auth: {
      auth_url: `${cloud.url}/identity/v3`,
      username: who,
      password: passwords[who],
      project_name: who,
      user_domain_name: 'Default',
      project_domain_name: 'Default',
    },
  });
  // JSON is YAML.
  writeFileSync(
    join(folder, 'clouds.yaml'),
    JSON.stringify({ clouds: { admin: entry('admin'), demo: entry('demo') } }),
  );
  writeFileSync(join(folder, 'disk'), Buffer.alloc(1_048_576, 1));
  writeFileSync(
    join(folder, 'key.pub'),
    `ssh-ed25519 ${Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0 '.padEnd(51, 'k')).toString('base64')} x\n`,
  );
  const start = (who: Command['as']) => startOpenStackCommand(join(folder, 'clouds.yaml'), who);
  openstack = { admin: start('admin'), demo: start('demo') };
  people = {
    admin: await signIn(cloud.url, 'admin', adminPassword, 'admin'),
    demo: await signIn(cloud.url, 'demo', demoPassword, 'demo'),
  };
});
afterAll(async () => {
  for (const command of Object.values(openstack ?? {})) command.close();
  await cloud?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The text with its marks replaced by ids. */
async function filled(text: string, { projectId, userId }: Session): Promise<string> {
  const known: Record<string, string> = {
    '{project}': projectId,
    '{me}': userId,
    '{disk}': join(folder, 'disk'),
    '{public-key}': join(folder, 'key.pub'),
  };
  let out = text;
  for (const [mark] of text.matchAll(/\{[^{}]*\}/g)) out = out.replace(mark, known[mark] ?? (await lookUp(mark)));
  return out;
}

async function lookUp(mark: string): Promise<string> {
  const first = async (path: string, list: string, field = 'id') => {
    const { body } = await people.admin.call<Record<string, Record<string, string>[]>>('GET', path);
    const found = body[list]?.[0]?.[field];
    if (found === undefined) throw new Error(`nothing at ${path}`);
    return found;
  };
  const [kind = '', name = ''] = mark.slice(1, -1).split(' ');
  if (kind === 'external') return first('/network/v2.0/networks?router:external=true', 'networks');
  if (kind === 'floating-address')
    return first(`/network/v2.0/floatingips?description=${name}`, 'floatingips', 'floating_ip_address');
  if (kind === 'volume-type')
    return first(`/volume/v3/${people.admin.projectId}/types?sort=created_at:desc`, 'volume_types');
  if (kind === 'ingress-rule') {
    const group = await lookUp(`{security-group ${name}}`);
    return first(
      `/network/v2.0/security-group-rules?direction=ingress&security_group_id=${group}`,
      'security_group_rules',
    );
  }
  const [path, list] = kinds[kind] ?? [];
  if (path === undefined || list === undefined) throw new Error(`who knows ${mark}?`);
  return first(`${path}${name}${kind === 'server' ? '&all_tenants=1' : ''}`, list);
}

describe('the stock client', () => {
  const story = [
    ...identityCommands,
    ...imageCommands,
    ...networkCommands,
    ...computeCommands,
    ...volumeCommands,
    ...computeGoodbyes,
    ...networkGoodbyes,
  ];
  for (const { as, typed, path, seen } of story) {
    it(`${as}: openstack ${typed}`, { timeout: 60_000 }, async () => {
      const person = people[as];
      const words = (await filled(typed, person)).split(' ');
      const { code, stderr } = await openstack[as].run(words);
      expect(code, stderr).toBe(0);
      const wanted = await withIds(seen, person);
      await expect
        .poll(async () => (await person.call('GET', await filled(path, person), undefined, lockTold)).body, {
          timeout: 10_000,
          interval: 50,
        })
        .toMatchObject(wanted);
    });
  }
});

/** What is expected, its marks replaced too. */
async function withIds(value: unknown, person: Session): Promise<object> {
  const replaced = async (part: unknown): Promise<unknown> => {
    if (typeof part === 'string') return filled(part, person);
    if (Array.isArray(part)) return Promise.all(part.map(replaced));
    if (typeof part !== 'object' || part === null || Object.getPrototypeOf(part) !== Object.prototype) return part;
    return Object.fromEntries(
      await Promise.all(Object.entries(part).map(async ([key, item]) => [key, await replaced(item)])),
    );
  };
  return (await replaced(value)) as object;
}

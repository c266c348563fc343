import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adminPassword, type IdentityFixture, startIdentity } from './identity.fixture.ts';

/** The stock `openstack` client of Debian against the service. Each command takes a second or two. */
const run = promisify(execFile);

let cloud: IdentityFixture;
beforeAll(async () => {
  cloud = await startIdentity();
});
afterAll(() => cloud.close());

async function openstack(environment: Record<string, string>, ...words: string[]): Promise<string> {
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', OS_IDENTITY_API_VERSION: '3', ...environment };
  const { stdout } = await run('/usr/bin/openstack', words, { env });
  return stdout;
}

test('signs in at the versioned URL, administers, and uses an application credential', {
  timeout: 120_000,
}, async () => {
  const admin = {
    OS_AUTH_URL: `${cloud.url}/identity/v3`,
    OS_USERNAME: 'admin',
    OS_PASSWORD: adminPassword,
    OS_PROJECT_NAME: 'admin',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
  };
  const json = async (...words: string[]) => JSON.parse(await openstack(admin, ...words, '-f', 'json'));

  const token = await json('token', 'issue');
  expect(token.project_id).toBe(cloud.ids.adminProjectId);
  expect(await json('catalog', 'list')).toHaveLength(3);

  const project = await json('project', 'create', 'atelier', '--description', 'from the client');
  const user = await json('user', 'create', 'lea', '--password', 'secret', '--project', 'atelier');
  await openstack(admin, 'role', 'add', '--user', 'lea', '--project', 'atelier', 'member');
  const assignments = await json('role', 'assignment', 'list', '--user', 'lea', '--names');
  expect(assignments).toMatchObject([{ Role: 'member', User: 'lea@Default', Project: 'atelier@Default' }]);
  expect(await json('project', 'show', 'atelier')).toMatchObject({ id: project.id, description: 'from the client' });

  const lea = {
    ...admin,
    OS_USERNAME: 'lea',
    OS_PASSWORD: 'secret',
    OS_PROJECT_NAME: 'atelier',
    OS_AUTH_URL: `${cloud.url}/identity`,
  };
  const made = JSON.parse(await openstack(lea, 'application', 'credential', 'create', 'robot', '-f', 'json'));
  expect(made).toMatchObject({ name: 'robot', project_id: project.id });
  const robot = {
    OS_AUTH_TYPE: 'v3applicationcredential',
    OS_AUTH_URL: `${cloud.url}/identity`,
    OS_APPLICATION_CREDENTIAL_ID: made.id,
    OS_APPLICATION_CREDENTIAL_SECRET: made.secret,
  };
  const asRobot = JSON.parse(await openstack(robot, 'token', 'issue', '-f', 'json'));
  expect(asRobot).toMatchObject({ user_id: user.id, project_id: project.id });
  await openstack(lea, 'application', 'credential', 'delete', 'robot');
  await expect(openstack(robot, 'token', 'issue')).rejects.toThrow(/401/);
});

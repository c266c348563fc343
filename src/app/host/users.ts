import { apiUserName, findUser, isRoot } from '../layout.ts';
import { run } from './run.ts';

/** Makes the system user that runs `api` where the set-up has not: no shell, no home, no password. */
export async function ensureApiUser(): Promise<void> {
  if (!isRoot || findUser(apiUserName) !== undefined) return;
  const options = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  await run('useradd', [...options, '--shell', '/usr/sbin/nologin', apiUserName]);
}

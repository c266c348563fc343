import { createHash } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Installation, UnixUser } from '../kernel/supervise/installation.ts';
import { ConfigError } from './config-error.ts';

/** The system user that runs `api`, and PostgreSQL's as Debian's package makes it. */
export const apiUserName = 'andromede';
export const postgresUserName = 'postgres';

/** Guests run as uids of their own above what systemd and distributions hand out (systemd's `UIDS-GIDS`). */
const guestUidBase = 0x7000_0000;
const guestUidsPerInstallation = 4096;
const guestUidSlots = 0x1000_0000 / guestUidsPerInstallation;

/** Whether this process may make namespaces and change users. Without, only the simulated engine works. */
export const isRoot = process.getuid?.() === 0;

/** The 8 hex digits that tell installations of one machine apart, from the real path of DIR. */
export function installationTag(dataDir: string): string {
  return createHash('sha256').update(dataDir).digest('hex').slice(0, 8);
}

/** The installation in `dataDir`, which must exist. */
export function describeInstallation(dataDir: string, externalCidr: string): Installation {
  const real = realpathSync(dataDir);
  const tag = installationTag(real);
  const slot = Number.parseInt(tag, 16) % guestUidSlots;
  const firstUid = guestUidBase + slot * guestUidsPerInstallation;
  const proxyUid = firstUid + guestUidsPerInstallation - 2;
  return {
    dataDir: real,
    runDir: `${runRoot()}/${tag}`,
    netns: `andromede-${tag}`,
    hostName: hostname(),
    externalCidr,
    physicalNetwork: 'external',
    users: {
      api: serviceUser(apiUserName, 'setup makes it'),
      postgres: serviceUser(postgresUserName, 'install the package postgresql'),
      tools: { uid: firstUid + guestUidsPerInstallation - 1, gid: firstUid },
      proxy: isRoot ? { uid: proxyUid, gid: proxyUid } : ourselves(),
      guests: { firstUid, count: guestUidsPerInstallation - 2, gid: firstUid },
    },
  };
}

/** Where the settings in force are kept between `up`s, so that `down`, `restart` and `status` need only DIR. */
export function settingsPath(dataDir: string): string {
  return `${dataDir}/settings.json`;
}

/** What the host process says. */
export function hostLogFile(dataDir: string): string {
  return `${dataDir}/log/host.log`;
}

/** Parent of all run folders; short, because socket paths over 107 bytes are cut. */
export function runRoot(): string {
  return isRoot ? '/run/andromede' : `/tmp/andromede-${process.getuid?.()}`;
}

/** Looks a user up in /etc/passwd. */
export function findUser(name: string): UnixUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function ourselves(): UnixUser {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

function serviceUser(name: string, remedy: string): UnixUser {
  if (!isRoot) return ourselves();
  const user = findUser(name);
  if (user === undefined) throw new ConfigError(`there is no user ${name} on this machine; ${remedy}`);
  return user;
}

/** Makes the folders of DIR and of the run folder, each with the owner and mode that its users need. */
export function makeFolders({ dataDir, runDir, users }: Installation): void {
  const { api, postgres, guests, proxy } = users;
  const root = { uid: 0, gid: 0 };
  mkdirSync(runDir, { recursive: true, mode: 0o755 });
  folder(dataDir, 0o755, root);
  folder(`${dataDir}/secrets`, 0o750, { uid: 0, gid: api.gid });
  folder(`${dataDir}/log`, 0o750, root);
  folder(`${dataDir}/ovn`, 0o755, root);
  folder(`${dataDir}/cache`, 0o711, root);
  folder(`${dataDir}/cache/api`, 0o700, api);
  folder(`${dataDir}/objects`, 0o700, api);
  folder(`${dataDir}/simulated`, 0o700, api);
  folder(`${dataDir}/servers`, 0o711, root);
  // Written by api, read by the guests' group: the set-group-id bit hands the group down to new files.
  folder(`${dataDir}/images`, 0o2750, { uid: api.uid, gid: guests.gid });
  folder(runDir, 0o755, root);
  folder(`${runDir}/run`, 0o700, root);
  folder(`${runDir}/api`, 0o750, api);
  // The set-group-id bit hands the proxy's group down to the socket that api makes.
  folder(`${runDir}/metadata`, 0o2750, { uid: api.uid, gid: proxy.gid });
  folder(`${runDir}/code`, 0o755, root);
  folder(`${runDir}/pg`, 0o2750, { uid: postgres.uid, gid: api.gid });
}

function folder(path: string, mode: number, owner: UnixUser): void {
  mkdirSync(path, { recursive: true });
  if (isRoot) chownSync(path, owner.uid, owner.gid);
  chmodSync(path, isRoot ? mode : mode & 0o777);
}

/** PostgreSQL and `api` run unprivileged, so every folder above DIR must let them through. */
export function assertReachable(dataDir: string): void {
  if (!isRoot) return;
  for (let path = dirname(dataDir); ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) {
      throw new ConfigError(
        `${dataDir} lies under ${path}, which the unprivileged services may not enter; ` +
          `choose another folder with --data, or run: chmod o+x ${path}`,
      );
    }
    if (path === '/') return;
  }
}

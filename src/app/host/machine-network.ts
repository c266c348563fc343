import { existsSync, linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { type Installation, metadataNetns } from '../../kernel/supervise/installation.ts';
import { ConfigError } from '../config-error.ts';
import { installationTag, runRoot } from '../layout.ts';
import { candidateRanges, collisions, gatewayOf, isCanonical, overlaps, parseRange } from './external-range.ts';
import { CommandError, run } from './run.ts';

const netnsDir = '/run/netns';

/** The installation's veth pair: `host` has the gateway's address, `inside` waits in the namespace for a bridge. */
export function vethNames(dataDir: string): { readonly host: string; readonly inside: string } {
  const tag = installationTag(dataDir);
  return { host: `andx${tag}`, inside: 'uplink' };
}

/**
 * The external range: what is wanted, if it collides with nothing, or the first candidate that does not; reserved for
 * this cloud until `releaseExternalRange`. Routes over our own veth do not count, so that `up` after a crash finds
 * its range free.
 */
export async function settleExternalRange(wanted: string | undefined, dataDir: string): Promise<string> {
  const taken = await takenRanges(vethNames(dataDir).host);
  const tag = installationTag(dataDir);
  if (wanted === undefined) {
    const free = candidateRanges(Number.parseInt(tag, 16)).filter(
      (candidate) => collisions(candidate, taken).length === 0,
    );
    const chosen = free.find((candidate) => reserve(candidate, tag));
    if (chosen !== undefined) return chosen;
    throw new ConfigError('every range that would do is used on this machine; name one with --external-cidr');
  }
  if (!isCanonical(wanted)) throw new ConfigError(`${wanted} is not a range: its address has bits beyond the prefix`);
  const [collision] = collisions(wanted, taken);
  if (collision === undefined && reserve(wanted, tag)) return wanted;
  throw new ConfigError(
    `the external range ${wanted} collides with ${collision ?? 'another cloud'}, which this machine uses or ` +
      'must not use; take that away, or name another range with --external-cidr',
  );
}

/** Gives this cloud's reservation back. */
export function releaseExternalRange({ dataDir, externalCidr }: Pick<Installation, 'dataDir' | 'externalCidr'>): void {
  const path = reservationOf(externalCidr);
  if (readText(path) === installationTag(dataDir)) rmSync(path, { force: true });
}

function reservationOf(cidr: string): string {
  return `${runRoot()}/range-${cidr.replace('/', '_')}`;
}

/**
 * Two clouds that start at the same time see no route of each other yet, so each writes its tag into a file that only
 * one can create. A cloud whose run folder is gone has lost its claim.
 */
function reserve(cidr: string, tag: string): boolean {
  const path = reservationOf(cidr);
  const draft = `${path}.${tag}`;
  mkdirSync(`${runRoot()}/${tag}`, { recursive: true });
  const holder = readText(path);
  if (holder !== undefined && !existsSync(`${runRoot()}/${holder}`)) rmSync(path, { force: true });
  writeFileSync(draft, tag);
  try {
    linkSync(draft, path);
    return true;
  } catch {
    return readText(path) === tag;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Destinations of all routes, addresses included; the default route is not a collision. */
async function takenRanges(ownLink: string): Promise<string[]> {
  const routes = JSON.parse(await run('ip', ['-json', '-4', 'route', 'show', 'table', 'all'])) as Route[];
  const others = routes.filter(({ dev, dst }) => dev !== ownLink && dst !== 'default');
  return others.map(({ dst }) => dst);
}

interface Route {
  readonly dst: string;
  readonly dev?: string;
}

/**
 * Makes the namespaces and the veth pair that joins guests' to the host, or repairs them; idempotent. `published` is the
 * address in the cloud's URL, to be reached inside too.
 */
export async function raiseNetwork({ netns, dataDir, externalCidr }: Installation, published: string): Promise<void> {
  const { host, inside } = vethNames(dataDir);
  await makeNamespace(netns);
  await makeNamespace(metadataNetns(netns));
  await run('ip', ['-netns', netns, 'link', 'set', 'lo', 'up']);
  if (isForeign(published)) await run('ip', ['-netns', netns, 'address', 'replace', `${published}/32`, 'dev', 'lo']);
  const missing = !(await exists(['link', 'show', host])) || !(await exists(['-netns', netns, 'link', 'show', inside]));
  if (missing) {
    await removeLink(host);
    await run('ip', ['link', 'add', host, 'type', 'veth', 'peer', 'name', inside, 'netns', netns]);
  }
  const address = `${gatewayOf(externalCidr)}/${externalCidr.split('/')[1]}`;
  const present = JSON.parse(await run('ip', ['-json', '-4', 'address', 'show', host])) as Link[];
  const addresses = present
    .flatMap(({ addr_info }) => addr_info)
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  for (const stale of addresses.filter((candidate) => candidate !== address)) {
    await run('ip', ['address', 'del', stale, 'dev', host]);
  }
  // No IPv6 chatter on a wire that carries IPv4 only.
  await run('ip', ['link', 'set', host, 'addrgenmode', 'none', 'up']);
  await run('ip', ['-netns', netns, 'link', 'set', inside, 'addrgenmode', 'none', 'up']);
  if (!addresses.includes(address)) await run('ip', ['address', 'add', address, 'dev', host]);
}

/** Whether this is an IPv4 address other than loopback's. */
export function isForeign(address: string): boolean {
  return parseRange(address) !== undefined && !overlaps(address, '127.0.0.0/8');
}

interface Link {
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[];
}

/** Takes away everything that `raiseNetwork` made; nothing happens to what is not there. */
export async function removeNetwork({ netns, dataDir }: Pick<Installation, 'netns' | 'dataDir'>): Promise<void> {
  await removeLink(vethNames(dataDir).host);
  for (const name of [netns, metadataNetns(netns)]) {
    if (await exists(['-netns', name, 'link', 'show', 'lo'])) await run('ip', ['netns', 'delete', name]);
    rmSync(`${netnsDir}/${name}`, { force: true });
  }
  await restoreNamespaceFolder();
}

/** Whether `/run/netns` was no mount before one of our clouds made it one: the last one to go undoes it. */
const ownedMarker = () => `${runRoot()}/netns-folder-is-ours`;

/** `ip netns add` turns `/run/netns` into a mount the first time it is used on a machine. */
async function makeNamespace(netns: string): Promise<void> {
  if (await exists(['-netns', netns, 'link', 'show', 'lo'])) return;
  if (!isMountPoint(netnsDir)) writeFileSync(ownedMarker(), '');
  rmSync(`${netnsDir}/${netns}`, { force: true });
  await run('ip', ['netns', 'add', netns]);
}

async function restoreNamespaceFolder(): Promise<void> {
  const marker = ownedMarker();
  if (readText(marker) === undefined) return;
  try {
    // Refused while any namespace is left in it, which is what we want.
    await run('umount', [netnsDir]);
    rmdirSync(netnsDir);
    rmSync(marker, { force: true });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
  }
}

async function removeLink(name: string): Promise<void> {
  if (await exists(['link', 'show', name])) await run('ip', ['link', 'delete', name]);
}

async function exists(ipArguments: readonly string[]): Promise<boolean> {
  try {
    await run('ip', ipArguments);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

function isMountPoint(path: string): boolean {
  const mounts = readText('/proc/self/mountinfo')?.split('\n') ?? [];
  return mounts.some((line) => line.split(' ')[4] === path);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

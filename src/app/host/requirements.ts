import { existsSync } from 'node:fs';
import { type Config, raisesEngines } from '../config.ts';
import { ConfigError } from '../config-error.ts';
import { isRoot } from '../layout.ts';

/** Programs that we run, and the Debian package that has each. */
const always = { '/usr/lib/postgresql': 'postgresql' };
const asRoot = { ip: 'iproute2', setpriv: 'util-linux', unshare: 'util-linux', useradd: 'passwd' };
const real = {
  socat: 'socat',
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  'ovs-vswitchd': 'openvswitch-switch',
  'ovn-northd': 'ovn-central',
  'ovn-controller': 'ovn-host',
  haproxy: 'haproxy',
};

/** Refuses to start when a program is missing, naming the command that installs it. */
export function assertRequirements(config: Config): void {
  const { databaseUrl } = config;
  const engines = raisesEngines(config);
  if (engines && !isRoot) {
    throw new ConfigError('servers and networks need root: run the same command with sudo');
  }
  const wanted = {
    ...(databaseUrl === undefined ? always : {}),
    ...(isRoot ? asRoot : {}),
    ...(engines ? real : {}),
  };
  const missing = Object.entries(wanted).filter(([program]) => !isInstalled(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(([, name]) => name))].join(' ');
  const programs = missing.map(([program]) => program).join(', ');
  throw new ConfigError(`missing on this machine: ${programs}. Run: npm run setup (or: apt-get install ${packages})`);
}

function isInstalled(program: string): boolean {
  if (program.startsWith('/')) return existsSync(program);
  return ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((folder) => existsSync(`${folder}/${program}`));
}

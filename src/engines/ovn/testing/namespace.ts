import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { run } from '../host/command.ts';

const forge = `${import.meta.dirname}/forge.py`;
const tcpPeer = `${import.meta.dirname}/tcp-peer.ts`;

/** What udhcpc runs with what it was given in its environment. */
const leaseScript = `#!/bin/sh
[ "$1" = bound ] || exit 0
ip address replace "$ip/$mask" dev "$interface"
ip link set dev "$interface" mtu "$mtu"
set -- $staticroutes
while [ $# -ge 2 ]; do
  if [ "$2" = 0.0.0.0 ]; then ip route replace "$1" dev "$interface"; else ip route replace "$1" via "$2"; fi
  shift 2
done
echo "$ip $router $dns $mtu $hostname" >"$LEASE_FILE"
`;

/** What dhclient runs with what it was given in its environment. */
const lease6Script = `#!/bin/sh
case "$reason" in BOUND6|REBIND6|RENEW6) ip -6 address replace "$new_ip6_address/128" dev eth0 nodad;; esac
[ -z "$new_dhcp6_name_servers" ] || echo "$new_ip6_address $new_dhcp6_name_servers" >"$LEASE_FILE"
`;

/** A network namespace that a test made: a guest, or the outside. */
export class Namespace {
  readonly name: string;
  readonly #processes: ChildProcess[] = [];

  private constructor(name: string) {
    this.name = name;
  }

  static async create(name: string): Promise<Namespace> {
    await run('ip', ['netns', 'add', name]);
    await run('ip', ['-n', name, 'link', 'set', 'dev', 'lo', 'up']);
    return new Namespace(name);
  }

  /** `ip` in this namespace. */
  ip(...args: readonly string[]): Promise<string> {
    return run('ip', ['-n', this.name, ...args]);
  }

  /** A command in this namespace; rejects when it fails. */
  run(...command: readonly string[]): Promise<string> {
    return run('ip', ['netns', 'exec', this.name, ...command]);
  }

  /** Asks for an address as a guest does, takes it, and says what came with it. */
  async lease(folder: string): Promise<string> {
    const [script, file] = [`${folder}/lease.sh`, `${folder}/${this.name}.lease`];
    await writeFile(script, leaseScript, { mode: 0o755 });
    await this.run(
      'env',
      `LEASE_FILE=${file}`,
      'busybox',
      'udhcpc',
      '-nqf',
      '-i',
      'eth0',
      ...['-O', 'staticroutes', '-t', '8', '-T', '1'],
      '-s',
      script,
    );
    return (await run('cat', [file])).trim();
  }

  /** Asks for an IPv6 address, or only for what goes with it, as a guest does; what DHCPv6 answered. */
  async lease6(folder: string, ...options: readonly '-S'[]): Promise<string> {
    const [script, file] = [`${folder}/lease6.sh`, `${folder}/${this.name}.lease6`];
    await writeFile(script, lease6Script, { mode: 0o755 });
    const files = ['-lf', `${file}.db`, '-pf', `${file}.pid`, '-sf', script, '-e', `LEASE_FILE=${file}`];
    await this.run('dhclient', '-6', '-1', ...options, ...files, 'eth0');
    const answer = (await run('cat', [file])).trim();
    await this.run('dhclient', '-6', '-x', ...files, 'eth0');
    return answer;
  }

  /** Has the link come up anew and ask for routers at once. */
  async solicit(): Promise<void> {
    await this.ip('link', 'set', 'dev', 'eth0', 'down');
    for (const setting of ['router_solicitation_delay=0', 'router_solicitation_interval=1', 'accept_dad=0']) {
      await this.run('sysctl', '-q', '-w', `net.ipv6.conf.eth0.${setting}`);
    }
    await this.ip('link', 'set', 'dev', 'eth0', 'up');
  }

  /** The global IPv6 addresses of the guest, made by itself or given. */
  async addresses6(): Promise<string[]> {
    const [link] = JSON.parse(await this.ip('-6', '-json', 'address', 'show', 'dev', 'eth0', 'scope', 'global'));
    return (link?.addr_info ?? []).flatMap(({ local }: { local?: string }) => local ?? []);
  }

  /** Sends what an honest guest does not. */
  async forge(...args: readonly string[]): Promise<string> {
    return this.run('python3', forge, ...args);
  }

  /** Whether the address answers, once, within two seconds. */
  async reaches(address: string): Promise<boolean> {
    return this.run('busybox', 'ping', '-c', '1', '-W', '2', address).then(
      () => true,
      () => false,
    );
  }

  /** Starts a TCP peer and gives the lines that it says. */
  tcp(...args: readonly (string | number)[]): AsyncIterator<string> {
    const command = ['netns', 'exec', this.name, process.execPath, tcpPeer, ...args.map(String)];
    const peer = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#processes.push(peer);
    return createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  }

  async close(): Promise<void> {
    for (const peer of this.#processes) {
      if (peer.exitCode !== null || peer.signalCode !== null) continue;
      const gone = once(peer, 'exit');
      peer.kill('SIGKILL');
      await gone;
    }
    await run('ip', ['netns', 'delete', this.name]);
  }
}

/** What a TCP peer says next. */
export async function said(lines: AsyncIterator<string>): Promise<string> {
  const { value } = await lines.next();
  return String(value);
}

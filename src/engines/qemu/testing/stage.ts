import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { GuestNic, GuestState, NicPlugger } from '../../../cloud/compute/ports.ts';
import { createLogger } from '../../../kernel/base/log.ts';
import { EventHub } from '../../../kernel/hostlink/events.ts';
import type { HostLink } from '../../../kernel/hostlink/protocol.ts';
import type { Installation } from '../../../kernel/supervise/installation.ts';
import { qemuHypervisor } from '../adapter.ts';
import { createQemuHost, type QemuHost } from '../host.ts';

/** A machine of its own for tests of the real QEMU: folders and a network namespace, removed at the end. */
export interface Stage {
  readonly installation: Installation;
  readonly plugger: NicPlugger;
  /** The devices that are in the namespace. */
  links(): string[];
  remove(): void;
}

/** Above the users of real installations. */
const firstUid = 0x7fff_0000;

export function createStage(): Stage {
  const tag = randomBytes(4).toString('hex');
  const netns = `andromede-test-${tag}`;
  const dataDir = mkdtempSync('/var/tmp/andromede-qemu-');
  const runDir = `/run/andromede-test/${tag}`;
  chmodSync(dataDir, 0o755);
  mkdirSync(`${dataDir}/images`, { mode: 0o750 });
  mkdirSync(runDir, { recursive: true });
  chownSync(`${dataDir}/images`, 0, firstUid);
  execFileSync('ip', ['netns', 'add', netns]);
  const nobody = { uid: 65534, gid: 65534 };
  const installation: Installation = {
    ...{ dataDir, runDir, netns, hostName: 'stage', externalCidr: '172.24.4.0/24', physicalNetwork: 'external' },
    users: { api: nobody, postgres: nobody, guests: { firstUid, count: 16, gid: firstUid } },
  };
  return {
    installation,
    plugger: tapPlugger(netns),
    links: () => (JSON.parse(ip(netns, '-json', 'link')) as { ifname: string }[]).map(({ ifname }) => ifname),
    remove() {
      execFileSync('ip', ['netns', 'del', netns]);
      rmSync(dataDir, { recursive: true, force: true });
      rmSync(runDir, { recursive: true, force: true });
    },
  };
}

function ip(netns: string, ...args: string[]): string {
  return execFileSync('ip', ['-netns', netns, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Plain taps, joined to nothing. */
function tapPlugger(netns: string): NicPlugger {
  const nameOf = (portId: string) => `tap${portId.slice(-11)}`;
  const isThere = (ifname: string) => ip(netns, '-brief', 'link').includes(ifname);
  return {
    async plug(nic: GuestNic, uid: number) {
      const ifname = nameOf(nic.portId);
      if (!isThere(ifname)) ip(netns, 'tuntap', 'add', 'dev', ifname, 'mode', 'tap', 'user', String(uid));
      ip(netns, 'link', 'set', ifname, 'mtu', String(nic.mtu), 'up');
      return { ifname };
    },
    async unplug(portId) {
      const ifname = nameOf(portId);
      if (isThere(ifname)) ip(netns, 'link', 'delete', ifname);
    },
  };
}

/** A host process's hypervisor part and `api`'s view of it, joined without a socket in between. */
export class TestHost {
  readonly host: QemuHost;
  readonly hypervisor: ReturnType<typeof qemuHypervisor>;
  /** Every state that was told so far. */
  readonly told: GuestState[] = [];
  readonly #events = new EventHub();
  #wake = Promise.withResolvers<void>();

  constructor(stage: Stage) {
    const { installation, plugger } = stage;
    this.host = createQemuHost({ installation, plugger, events: this.#events, log: createLogger('test', 'silent') });
    this.hypervisor = qemuHypervisor(this.#link());
    this.hypervisor.watch((state) => {
      this.told.push(state);
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    }, new AbortController().signal);
  }

  /** Resolves with the first state told, from now on or before, of which `matches` is true. */
  async told1(matches: (state: GuestState) => boolean): Promise<GuestState> {
    for (;;) {
      const found = this.told.find(matches);
      if (found !== undefined) return found;
      await this.#wake.promise;
    }
  }

  #link(): HostLink {
    return {
      call: async <R>(name: string, args: unknown): Promise<R> => {
        const operation = this.host.operations.find((candidate) => candidate.name === name);
        const sent = JSON.parse(JSON.stringify(args)) as never;
        const answer = await operation?.handle(sent);
        return JSON.parse(JSON.stringify(answer ?? null)) as R;
      },
      listen: (listener) => {
        const send = (event: object) => listener(JSON.parse(JSON.stringify(event)));
        this.#events.subscribe({ send, close: () => {} });
      },
    };
  }
}

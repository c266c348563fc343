import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Check } from 'typebox/value';
import type { GuestNic, GuestSpec, GuestState, Hypervisor, NicPlugger } from '../../../cloud/compute/ports.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import { createLogger } from '../../../kernel/base/log.ts';
import { EventHub } from '../../../kernel/hostlink/events.ts';
import type { HostLink } from '../../../kernel/hostlink/protocol.ts';
import type { Installation } from '../../../kernel/supervise/installation.ts';
import { qemuHypervisor } from '../adapter.ts';
import { createQemuHost, type QemuHost } from '../host.ts';

/** A machine of its own for tests of the real QEMU: folders and a network namespace, removed at the end. */
export interface Stage {
  readonly installation: Installation;
  /** The guest image that the set-up builds, in the stage's folder of images. */
  readonly image: string;
  /** The devices that are in the namespace. */
  links(): string[];
  remove(): void;
}

const assetsDir = process.env.ANDROMEDE_CACHE ?? '/var/cache/andromede';

/** Above the users of real installations. */
const firstUid = 0x7fff_0000;

export function createStage(): Stage {
  const tag = randomBytes(4).toString('hex');
  const netns = `andromede-test-${tag}`;
  // Names that whoever forgets to encode them trips over.
  const dataDir = mkdtempSync('/var/tmp/andromede, "qemu"=%s-');
  const runDir = mkdtempSync('/run/andromede,test-');
  chmodSync(dataDir, 0o755);
  mkdirSync(`${dataDir}/images`, { mode: 0o750 });
  mkdirSync(`${dataDir}/volumes`);
  chmodSync(runDir, 0o755);
  chownSync(`${dataDir}/images`, 0, firstUid);
  execFileSync('ip', ['netns', 'add', netns]);
  const nobody = { uid: 65534, gid: 65534 };
  const installation: Installation = {
    ...{ dataDir, runDir, netns, hostName: 'stage', externalCidr: '172.24.4.0/24', physicalNetwork: 'external' },
    users: {
      ...{ api: nobody, postgres: nobody, tools: nobody, proxy: nobody },
      guests: { firstUid, count: 16, gid: firstUid },
    },
  };
  return {
    installation,
    image: installImage(dataDir),
    links: () => (JSON.parse(ip(netns, '-json', 'link')) as { ifname: string }[]).map(({ ifname }) => ifname),
    remove() {
      execFileSync('ip', ['netns', 'del', netns]);
      rmSync(dataDir, { recursive: true, force: true });
      rmSync(runDir, { recursive: true, force: true });
    },
  };
}

/** Every QEMU process of a guest, however it came to be. */
export function processesOf(id: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return program.includes('qemu-system') && args.includes(id);
    } catch {
      return false;
    }
  });
}

/** A small guest of the stage's image, with `changes`. */
export function specOf(stage: Stage, changes: Partial<GuestSpec> = {}): GuestSpec {
  return {
    id: newId(),
    name: 'Élodie',
    vcpus: 1,
    memoryMiB: 128,
    disk: { baseImage: stage.image, baseFormat: 'qcow2', sizeBytes: 2 ** 30 },
    nics: [],
    volumes: [],
    configDrive: {
      'openstack/latest/meta_data.json': '{"hostname": "elodie"}',
      'openstack/latest/user_data': '#!/bin/sh\necho "I am $(hostname)"\n',
    },
    rescue: null,
    power: 'on',
    ...changes,
  };
}

/** Copies `andromede-tiny` from where the set-up puts it. */
function installImage(dataDir: string): string {
  const description = `${assetsDir}/andromede-tiny.json`;
  if (!existsSync(description)) throw new Error('there is no guest image yet; run: npm run setup');
  const { file } = JSON.parse(readFileSync(description, 'utf8')) as { file: string };
  const image = `${dataDir}/images/tiny.qcow2`;
  copyFileSync(`${assetsDir}/${file}`, image);
  chownSync(image, 0, firstUid);
  chmodSync(image, 0o640);
  return image;
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
  readonly hypervisor: Hypervisor;
  /** Every state that was told so far. */
  readonly told: GuestState[] = [];
  readonly #events = new EventHub();
  readonly #listening = new AbortController();
  readonly #waiting = new Set<(state: GuestState) => void>();

  readonly #installation: Installation;

  /** `answerMs`: how long it waits for a guest's machine to answer. */
  constructor(installation: Installation, options: { readonly answerMs?: number } = {}) {
    this.#installation = installation;
    const plugger = tapPlugger(installation.netns);
    const log = createLogger('qemu-test', process.env.ANDROMEDE_LOG ?? 'silent');
    this.host = createQemuHost({ installation, plugger, events: this.#events, assetsDir, log, ...options });
    this.hypervisor = qemuHypervisor(this.#link());
    this.hypervisor.watch((state) => {
      this.told.push(state);
      for (const hear of this.#waiting) hear(state);
    }, this.#listening.signal);
  }

  /** Resolves with the next state told of this guest, from now on, that shows this power. */
  next(id: string, power: GuestState['power']): Promise<GuestState> {
    return new Promise((resolve) => {
      const hear = (state: GuestState) => {
        if (state.id !== id || state.power !== power) return;
        this.#waiting.delete(hear);
        resolve(state);
      };
      this.#waiting.add(hear);
    });
  }

  /** The first text of the console, from `offset` on, that matches. */
  async console(id: string, pattern: RegExp, offset = 0): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec((await this.hypervisor.consoleLog(id)).slice(offset));
      if (match !== null) return match;
      await sleep(50);
    }
  }

  /** The process that the guest's record names. */
  pidOf(id: string): number {
    const record = readFileSync(`${this.#installation.dataDir}/servers/${id}/process`, 'utf8');
    return Number(record.split('\n')[1]?.split(' ')[0]);
  }

  /** Ends as a host process does whose guests live on. */
  leave(): void {
    this.host.close();
    this.#listening.abort();
  }

  #link(): HostLink {
    return {
      call: async <R>(name: string, args: unknown): Promise<R> => {
        const operation = this.host.operations.find((candidate) => candidate.name === name);
        if (operation === undefined) throw new Error(`no operation ${name}`);
        const sent = JSON.parse(JSON.stringify(args));
        if (!Check(operation.args, sent)) throw badRequest(`${name}: wrong arguments`);
        const answer = await operation.handle(sent as never);
        return JSON.parse(JSON.stringify(answer ?? null)) as R;
      },
      open: (name, args) => {
        const stream = this.host.streams.find((candidate) => candidate.name === name);
        if (stream === undefined) throw new Error(`no stream ${name}`);
        return stream.open(args as never);
      },
      listen: (listener, signal) => {
        const send = (event: object) => listener(JSON.parse(JSON.stringify(event)));
        const end = this.#events.subscribe({ send, close: () => {} });
        signal.addEventListener('abort', end);
      },
    };
  }
}

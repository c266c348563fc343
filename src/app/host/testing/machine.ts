import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { codeDir } from '../api-process.ts';

/** What a command did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A machine of its own for a test, as far as a cloud can tell: processes, network, mounts and `/run` are apart from those
 * of the real one, so that "as it was before" can be checked to the letter. Root only.
 */
export class Machine {
  readonly dir = mkdtempSync(`${tmpdir()}/machine-`);
  readonly #init: ChildProcess;
  #pid = 0;

  private constructor() {
    // The first process of a pid namespace inherits orphans and buries them, which a shell does while it waits.
    const script =
      'umount --recursive --lazy /run/netns 2>/dev/null; mount -t tmpfs -o mode=755 tmpfs /run && ' +
      // What util-linux keeps for itself, on any machine that has mounted something.
      'mkdir /run/mount && ip link set lo up && echo up && while :; do sleep 0.2; done';
    const apart = ['--net', '--mount', '--ipc', '--pid', '--fork', '--mount-proc', '--kill-child'];
    this.#init = spawn('unshare', [...apart, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  static async start(): Promise<Machine> {
    const machine = new Machine();
    const { stdout, pid } = machine.#init;
    if (stdout === null) throw new Error('no output of unshare');
    await once(stdout, 'data');
    machine.#pid = Number(await output('pgrep', ['--parent', String(pid)]));
    // Root's own folders stay closed to others, as on a real machine.
    await machine.run('chmod', '755', machine.dir);
    return machine;
  }

  async stop(): Promise<void> {
    const exited = once(this.#init, 'exit');
    this.#init.kill('SIGKILL');
    await exited;
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Runs a command on this machine to its end; rejects when it fails. */
  async run(...command: string[]): Promise<string> {
    const outcome = await this.attempt(...command);
    if (outcome.code !== 0) throw new Error(`${command.join(' ')} failed: ${outcome.stdout}${outcome.stderr}`);
    return outcome.stdout;
  }

  attempt(...command: string[]): Promise<Outcome> {
    return new Promise((resolve) => {
      const [program = '', ...args] = this.#inside(command);
      execFile(program, args, { env: environment, maxBuffer: 1e8 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
      );
    });
  }

  /** Starts a command that stays. */
  spawn(...command: string[]): ChildProcess {
    const [program = '', ...args] = this.#inside(command);
    return spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Takes a TCP port of 127.0.0.1; resolves with a function that gives it back. */
  async hold(port: number): Promise<() => Promise<void>> {
    const holder = this.spawn('socat', `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr`, 'SYSTEM:true');
    const exited = once(holder, 'exit');
    while (!(await this.run('ss', '-Hltnp', `sport = :${port}`)).includes('socat')) {
      if (holder.exitCode !== null) throw new Error(`port ${port} could not be taken`);
    }
    return async () => {
      await this.run('pkill', '--full', `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr SYSTEM`);
      await exited;
    };
  }

  /** `bin/andromede COMMAND --data DIR …` */
  andromede(command: string, name: string, ...more: string[]): string[] {
    return [`${codeDir}/bin/andromede`, command, '--data', `${this.dir}/${name}`, ...more];
  }

  /** Everything that must be the same before `up` and after `down`. */
  async listing(): Promise<Record<string, string>> {
    const lists = {
      links: ['sh', '-c', 'ip -o link | sed "s/^[0-9]*: //"'],
      addresses: ['sh', '-c', 'ip -o address | sed "s/^[0-9]*: //"'],
      routes: ['ip', 'route', 'show', 'table', 'all'],
      rules: ['ip', 'rule'],
      namespaces: ['ip', 'netns'],
      nft: ['nft', 'list', 'ruleset'],
      mounts: ['sh', '-c', 'cut -d " " -f 4- /proc/self/mountinfo | sort'],
      sockets: ['ss', '--no-header', '--all', '--tcp', '--udp', '--unix', 'exclude', 'time-wait'],
      run: ['find', '/run'],
      shm: ['sh', '-c', 'ipcs -m | sed 1d'],
    };
    const taken: Record<string, string> = { processes: await this.#processes() };
    for (const [name, command] of Object.entries(lists)) taken[name] = await this.run(...command);
    return taken;
  }

  /** What runs, a line each: who has ended, and waits to be buried by init, does not. */
  async #processes(): Promise<string> {
    const lines = (await this.run('ps', '--no-headers', '-e', '-o', 'stat,comm', '--sort', 'comm')).split('\n');
    return lines
      .filter((line) => !line.startsWith('Z'))
      .map((line) => line.replace(/^\S+\s+/, ''))
      .join('\n');
  }

  #inside(command: readonly string[]): string[] {
    return ['nsenter', `--target=${this.#pid}`, '--net', '--mount', '--ipc', '--pid', '--', ...command];
  }
}

const environment = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  ANDROMEDE_API_PROGRAM: 'src/app/host/testing/stub-api.ts',
};

function output(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, (error, stdout) => (error === null ? resolve(stdout.trim()) : reject(error)));
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { run } from '../host/command.ts';
import { callUntil } from '../host/control.ts';

const schema = '/usr/share/ovn/ovn-nb.ovsschema';

/** A northbound database with nothing behind it: what is stated in it stays as it was stated. */
export class NorthboundServer {
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<NorthboundServer> {
    const folder = await mkdtemp('/tmp/ovn-nb-');
    const server = new NorthboundServer(folder);
    await run('ovsdb-tool', ['create', server.#file, schema]);
    await server.launch();
    return server;
  }

  get socket(): string {
    return `${this.#folder}/nb.sock`;
  }

  get #file(): string {
    return `${this.#folder}/nb.db`;
  }

  /** Starts the server on the data that is there. */
  async launch(): Promise<void> {
    const args = [`--remote=punix:${this.socket}`, `--unixctl=${this.#folder}/nb.ctl`, '-vconsole:off', '-vsyslog:off'];
    this.#process = spawn('ovsdb-server', [...args, this.#file], {
      stdio: 'ignore',
      env: { ...process.env, OVS_RUNDIR: this.#folder },
    });
    await callUntil(this.socket, 'list_dbs', [], () => true, AbortSignal.timeout(10_000));
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (!this.#process) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
    this.#process = undefined;
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

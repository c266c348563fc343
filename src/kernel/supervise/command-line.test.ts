import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { commandLine } from './command-line.ts';
import type { ProcessSpec } from './process.ts';

const nobody = { uid: 65534, gid: 65534 };

function output(spec: Omit<ProcessSpec, 'name'>): string {
  const [command = '', ...args] = commandLine({ name: 'test', ...spec });
  return execFileSync(command, args, { encoding: 'utf8' });
}

describe.runIf(process.getuid?.() === 0)('what a process is confined to', () => {
  it('is its user, with no groups and no capabilities', () => {
    expect(output({ command: 'id', args: ['-u'], user: nobody }).trim()).toBe('65534');
    expect(output({ command: 'id', args: ['-G'], user: nobody }).trim()).toBe('65534');
    const status = output({ command: 'cat', args: ['/proc/self/status'], user: nobody });
    expect(status).toMatch(/^CapEff:\s*0+$/m);
    expect(status).toMatch(/^CapBnd:\s*0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s*1$/m);
  });

  it('is its user with the capabilities that it is given', () => {
    const spec = { command: 'cat', args: ['/proc/self/status'], user: nobody, capabilities: ['net_bind_service'] };
    // CAP_NET_BIND_SERVICE is bit 10 (capability.h).
    expect(output(spec)).toMatch(/^CapEff:\s*0+400$/m);
  });

  it('sees private mounts that the machine does not see', () => {
    const dir = mkdtempSync(`${tmpdir()}/binds-`);
    try {
      writeFileSync(`${dir}/source`, 'private');
      writeFileSync(`${dir}/target`, 'public');
      const binds = [{ source: `${dir}/source`, target: `${dir}/target` }];
      expect(output({ command: 'cat', args: [`${dir}/target`], binds })).toBe('private');
      expect(readFileSync(`${dir}/target`, 'utf8')).toBe('public');
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('passes arguments on as they are, whatever they hold', () => {
    const args = ['%s|', '$(id)', 'a b', "it's", '', '-n', '*'];
    const binds = [{ source: '/tmp', target: '/tmp' }];
    expect(output({ command: 'printf', args, user: nobody, binds })).toBe("$(id)|a b|it's||-n|*|");
  });
});

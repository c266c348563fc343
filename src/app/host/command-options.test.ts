import { describe, expect, it } from 'vitest';
import { ConfigError } from '../config-error.ts';
import { parseOptions } from './command-options.ts';

const parse = (...words: string[]) => parseOptions(words, {});

describe('the command line of a cloud', () => {
  it('takes the settings as flags', () => {
    const options = parse('up', '--data', '/srv/cloud', '--port', '8001', '--external-cidr=10.9.0.0/24', '--detach');
    expect(options).toMatchObject({ command: 'up', dataDir: '/srv/cloud', detach: true });
    expect(options.flags).toMatchObject({ port: '8001', externalCidr: '10.9.0.0/24' });
  });

  it.each([
    [['up', '--prot', '1'], /--prot/],
    [['up', 'now'], /now/],
    [['up', '--port'], /--port/],
    [['status', '--output', 'xml'], /--output is table or json/],
    [['sideways'], /unknown command "sideways"/],
  ])('refuses %j', (words, complaint) => {
    expect(() => parse(...words)).toThrow(ConfigError);
    expect(() => parse(...words)).toThrow(complaint);
  });

  it.each([
    [['exec', '--', 'ip', '-br', 'address']],
    [['exec', 'ip', '-br', 'address']],
    [['exec', '--data', '/srv/cloud', '--', 'ip', '-br', 'address']],
    [['exec', '--data=/srv/cloud', 'ip', '-br', 'address']],
  ])('leaves the command of %j as it is', (words) => {
    expect(parse(...words).rest).toEqual(['ip', '-br', 'address']);
  });

  it('leaves a second -- to the command', () => {
    expect(parse('exec', '--', 'git', 'log', '--', 'file').rest).toEqual(['git', 'log', '--', 'file']);
  });
});

import { describe, expect, test } from 'vitest';
import { isAllowed } from './access-rules.ts';

const allows = (pattern: string, path: string) =>
  isAllowed([{ service: 'compute', method: 'GET', path: pattern }], { service: 'compute', method: 'GET', path });

describe('an access rule', () => {
  test.each([
    ['/v2.1/servers', '/v2.1/servers', true],
    ['/v2.1/servers', '/v2.1/servers/1', false],
    ['/v2.1/servers/*', '/v2.1/servers/1', true],
    ['/v2.1/servers/*', '/v2.1/servers/', false],
    ['/v2.1/servers/*', '/v2.1/servers/1/ips', false],
    ['/v2.1/servers/{server_id}/ips', '/v2.1/servers/1/ips', true],
    ['/v2.1/**', '/v2.1/servers/1/ips', true],
    ['/v2.1/**/ips', '/v2.1/servers/1/ips', true],
    ['/v2.1/**/ips', '/v2.1/servers/1/tags', false],
    ['/**', '/', true],
    ['/v2.1/serv*', '/v2.1/servers', false],
  ])('%s and %s: %s', (pattern, path, allowed) => {
    expect(allows(pattern, path)).toBe(allowed);
  });

  test('is about one service and one method', () => {
    const rules = [{ service: 'compute', method: 'GET', path: '/x' }];
    expect(isAllowed(rules, { service: 'network', method: 'GET', path: '/x' })).toBe(false);
    expect(isAllowed(rules, { service: 'compute', method: 'POST', path: '/x' })).toBe(false);
  });

  test('with many wildcards takes no longer than its length', () => {
    expect(allows(`${'/**'.repeat(60)}/end`, `/${'a/'.repeat(2000)}`)).toBe(false);
  });
});

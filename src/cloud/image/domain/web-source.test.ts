import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowList, mayFetchFrom, parseSource } from './web-source.ts';

const none = allowList([]);

describe('where an image may be fetched from', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.0.1',
    '100.100.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
    'ff02::1',
    'localhost',
    '',
  ])('not from %j', (address) => {
    expect(mayFetchFrom(address, none)).toBe(false);
  });

  it.each(['8.8.8.8', '172.32.0.1', '2a00:1450::1'])('from %s', (address) => {
    expect(mayFetchFrom(address, none)).toBe(true);
  });

  it('from networks that the operator names, and from no others of their kind', () => {
    const allowed = allowList(['10.20.0.0/16', 'fd12::/16']);
    expect(['10.20.9.9', 'fd12::9'].every((address) => mayFetchFrom(address, allowed))).toBe(true);
    expect(['10.21.0.1', 'fd13::1', '127.0.0.1'].some((address) => mayFetchFrom(address, allowed))).toBe(false);
  });

  it('never from an address of this machine, however it is written in a URL', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 24 - 1 }), fc.constantFrom(10, 16), (low, radix) => {
        const number = 127 * 2 ** 24 + low;
        const written = radix === 16 ? `0x${number.toString(16)}` : String(number);
        expect(mayFetchFrom(parseSource(`http://${written}/`).hostname, none)).toBe(false);
      }),
    );
  });

  it.each(['file:///etc/passwd', 'ftp://example.org/x', 'http://', 'x', 'http://user:secret@example.org/', ''])(
    'not by the URL %j',
    (text) => {
      expect(() => parseSource(text)).toThrow('Invalid uri');
    },
  );
});

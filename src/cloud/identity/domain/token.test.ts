import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authMethods, createTokenCodec, type TokenPayload, tokenKeysFrom } from './token.ts';

const master = Buffer.alloc(32, 1);
const codec = createTokenCodec(tokenKeysFrom(master));

const hexId = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const anyId = fc.oneof(
  hexId,
  fc.constant('default'),
  fc.string({ minLength: 1, maxLength: 16, unit: 'grapheme-ascii' }),
);
const auditId = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));
const time = fc.integer({ min: 0, max: 2 ** 47 });

const payloads: fc.Arbitrary<TokenPayload> = fc.record({
  userId: anyId,
  scope: fc.oneof(
    fc.constant({ kind: 'unscoped' as const }),
    fc.constant({ kind: 'system' as const }),
    anyId.map((id) => ({ kind: 'project' as const, id })),
    anyId.map((id) => ({ kind: 'domain' as const, id })),
  ),
  methods: fc.subarray([...authMethods]),
  applicationCredentialId: fc.option(anyId),
  trustId: fc.option(hexId),
  issuedAt: time,
  expiresAt: time,
  auditId,
  parentAuditId: fc.option(auditId),
});

describe('tokens', () => {
  test('say what they were made of, in less than 255 characters', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const token = codec.encode(payload);
        expect(codec.decode(token)).toEqual(payload);
        expect(token.length).toBeLessThan(255);
      }),
    );
  });

  test('are refused when any byte is changed', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (payload, at, flip) => {
        const bytes = Buffer.from(codec.encode(payload), 'base64url');
        const index = at % bytes.length;
        bytes[index] = (bytes[index] as number) ^ flip;
        expect(codec.decode(bytes.toString('base64url'))).toBeUndefined();
      }),
    );
  });

  test('are refused when they are cut, lengthened or anything else', () => {
    fc.assert(
      fc.property(payloads, fc.integer({ min: 1, max: 40 }), fc.string(), (payload, count, noise) => {
        const token = codec.encode(payload);
        expect(codec.decode(token.slice(0, -count))).toBeUndefined();
        expect(codec.decode(`${token}${'A'.repeat(count)}`)).toBeUndefined();
        expect(codec.decode(noise)).toBeUndefined();
      }),
    );
  });

  test('of an older key are accepted as long as it is in the ring', () => {
    const [payload] = fc.sample(payloads, { numRuns: 1, seed: 1 }) as [TokenPayload];
    const old = codec.encode(payload);
    const rotated = createTokenCodec(tokenKeysFrom(master, [1, 0]));
    expect(rotated.decode(old)).toEqual(payload);
    expect(codec.decode(rotated.encode(payload))).toBeUndefined();
    expect(createTokenCodec(tokenKeysFrom(master, [1])).decode(old)).toBeUndefined();
  });
});

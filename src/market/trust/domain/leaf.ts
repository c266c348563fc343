import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../kernel/base/canonical-json.ts';

/** What a fact says, as it is hashed. */
export interface FactContent {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly at: Date;
  readonly payload: unknown;
}

/** RFC 9162, 2.1.1: a leaf is hashed after a zero byte, so that it can never be taken for a node. */
const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

/** The leaf of a fact: without its 32 random bytes of salt, nobody can guess the content from the hash. */
export function leafHash(salt: Buffer, content: FactContent): Buffer {
  const { id, kind, subject, payload } = content;
  const text = canonicalJson({ id, kind, subject, at: content.at.toISOString(), payload });
  return createHash('sha256').update(leafPrefix).update(salt).update(text).digest();
}

/** Before the first fact. */
export const emptyChain: Buffer = Buffer.alloc(32);

/** The chain after one more leaf. */
export function chainHash(before: Buffer, leaf: Buffer): Buffer {
  return createHash('sha256').update(nodePrefix).update(before).update(leaf).digest();
}

import { describe, expect, it } from 'vitest';
import type { ValidToken } from '../../client/index.ts';
import { Fault } from '../../kernel/base/errors.ts';
import { fakeClock } from '../../kernel/testing/index.ts';
import { authenticateBy } from './authenticate.ts';

const token: ValidToken = {
  expiresAt: new Date('2026-01-01T01:00:00Z'),
  auditId: 'audit',
  user: { id: 'u1', name: 'camille', domainId: 'd1' },
  roles: ['manager'],
  project: { id: 'p1', name: 'mercier', domainId: 'd1' },
  domainId: undefined,
  system: false,
  accessRules: undefined,
};

/** A Keystone that answers what it is told to, and counts. */
function keystone(answer: () => Promise<ValidToken | undefined> = async () => token) {
  const clock = fakeClock();
  const asked: string[] = [];
  const validator = {
    validate(shown: string) {
      asked.push(shown);
      return validator.answer();
    },
    answer,
    close: () => undefined,
  };
  return { clock, asked, validator, authenticate: authenticateBy(validator, clock) };
}

describe('a caller with a token of somebody else’s Keystone', () => {
  it('is who Keystone says, with the roles that those imply', async () => {
    const { authenticate } = keystone();
    expect(await authenticate('t', 'req-1')).toMatchObject({
      ...{
        requestId: 'req-1',
        userId: 'u1',
        userDomainId: 'd1',
        projectId: 'p1',
        projectDomainId: 'd1',
        domainId: null,
      },
      ...{ roles: ['manager', 'member', 'reader'], isAdmin: false, expiresAt: token.expiresAt },
    });
  });

  it('is asked about once for all that come at the same time, and again after five seconds', async () => {
    const { authenticate, asked, clock } = keystone();
    await Promise.all(['r1', 'r2', 'r3'].map((id) => authenticate('t', id)));
    await clock.advance(4_999);
    await authenticate('t', 'r4');
    expect(asked).toEqual(['t']);
    await clock.advance(1);
    await authenticate('t', 'r5');
    expect(asked).toEqual(['t', 't']);
  });

  it('is nobody once the token is revoked, at the latest after five seconds', async () => {
    const { authenticate, validator, clock } = keystone();
    await authenticate('t', 'r1');
    validator.answer = async () => undefined;
    await clock.advance(5_000);
    expect(await authenticate('t', 'r2')).toBeUndefined();
  });

  it('is nobody when the token ends, also while Keystone’s word is kept', async () => {
    const { authenticate, clock } = keystone();
    clock.set(new Date('2026-01-01T00:59:59Z'));
    expect(await authenticate('t', 'r1')).toBeDefined();
    await clock.advance(1_000);
    expect(await authenticate('t', 'r2')).toBeUndefined();
  });

  it('is not mixed up with another who comes at the same time', async () => {
    const { authenticate, asked } = keystone();
    await Promise.all([authenticate('t1', 'r1'), authenticate('t2', 'r2')]);
    expect(asked).toEqual(['t1', 't2']);
  });

  it('is neither let in nor called a stranger while Keystone does not answer, and is asked about anew then', async () => {
    const { authenticate, validator, asked } = keystone(async () => {
      throw new Fault('engineUnavailable', 'away');
    });
    await expect(authenticate('t', 'r1')).rejects.toThrow('away');
    validator.answer = async () => token;
    expect(await authenticate('t', 'r2')).toBeDefined();
    expect(asked).toHaveLength(2);
  });
});

import { describe, expect, it } from 'vitest';
import { asFault } from './errors.ts';

const failure = (message: string, facts: object = {}) => Object.assign(new Error(message), facts);

describe('what goes wrong outside', () => {
  it.each([
    ['the server shuts down', failure('terminating connection', { code: '57P01' })],
    ['it starts', failure('the database system is starting up', { code: '57P03' })],
    ['its socket is not there', failure('connect ENOENT', { code: 'ENOENT', syscall: 'connect' })],
    ['it listens no more', failure('connect ECONNREFUSED', { code: 'ECONNREFUSED' })],
    ['it ends under a query', failure('Connection terminated unexpectedly')],
    ['it has no connection left', failure('sorry, too many clients already', { code: '53300' })],
  ])('asks to try again: %s', (_, error) => {
    expect(asFault(error)).toMatchObject({ status: 503, retryable: true });
  });

  it.each([
    ['of the database', failure('could not extend file', { code: '53100' })],
    ['of a file', failure('ENOSPC: no space left on device, write', { code: 'ENOSPC', syscall: 'write' })],
  ])('says that a disk is full: %s', (_, error) => {
    expect(asFault(error)).toMatchObject({ status: 507 });
  });

  it('is a bug when it is none of these, and keeps it to itself', () => {
    const missing = failure('ENOENT: no such file', { code: 'ENOENT', syscall: 'open' });
    for (const bug of [missing, failure('x is not a function'), failure('syntax error', { code: '42601' }), 'text']) {
      const fault = asFault(bug);
      expect([fault.status, fault.message.includes('x is not')]).toEqual([500, false]);
    }
  });
});

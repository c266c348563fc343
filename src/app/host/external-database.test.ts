import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { refusePasswordInArguments, withoutPassword } from '../database-url.ts';
import { assertUsableDatabase, refusalOf, type ServerFacts } from './external-database.ts';

let store: TestStore;
const at = (user: string, database: unknown) =>
  `postgresql://${user}:hush@/${database}?host=${encodeURIComponent(String(store.connection.host))}`;

beforeAll(async () => {
  store = await createTestStore();
});
afterAll(() => store.close());

describe('a PostgreSQL of one’s own', () => {
  it('is taken when it will do', async () => {
    await assertUsableDatabase(at('test', store.connection.database));
  });

  it.each([
    ['there is no such database', () => at('test', 'nothing')],
    ['does not let this user in', () => at('nobody', store.connection.database)],
    ['nothing listens there', () => 'postgresql://me:hush@127.0.0.1:1/x'],
    ['no such socket', () => 'postgresql://me:hush@/x?host=/nonexistent'],
  ])('is refused with the remedy, and without the password: %s', async (remedy, url) => {
    const refused = await assertUsableDatabase(url()).catch((error: Error) => error.message);
    expect(refused).toContain(remedy);
    expect(refused).not.toContain('hush');
  });

  it('is refused without the right to make schemas, with the statement that gives it', async () => {
    const role = `guest_${store.connection.database}`;
    await store.pool.query(`create role ${role} login`);
    const url = at(role, store.connection.database);
    await expect(assertUsableDatabase(url)).rejects.toThrow(
      `GRANT CREATE ON DATABASE "${store.connection.database}" TO "${role}";`,
    );
    await store.pool.query(`drop role ${role}`);
  });

  it.each([
    [{ major: 14 }, 'this is PostgreSQL 14; 15 or newer is needed'],
    [{ is_replica: true }, 'this is a replica'],
  ])('is refused when it is too old or cannot be written to: %o', (fact, words) => {
    const good: ServerFacts = { major: 15, role: 'a', name: 'b', may_create: true, is_replica: false };
    expect(refusalOf(good)).toBeUndefined();
    expect(refusalOf({ ...good, ...fact })).toContain(words);
  });
});

describe('the password', () => {
  it('is in nothing that is shown', () => {
    const url = 'postgresql://me:hush@db.example:5432/cloud?sslmode=verify-full&sslpassword=hush';
    expect(withoutPassword(url)).toBe('postgresql://me@db.example:5432/cloud?sslmode=verify-full');
    expect(withoutPassword('postgres://me:h%40sh@/c?host=/run')).toBe('postgres://me@/c?host=/run');
    expect(withoutPassword('postgres://db/c')).toBe('postgres://db/c');
  });

  it('is refused on the command line, where everybody reads it', () => {
    expect(() => refusePasswordInArguments('postgresql://me:hush@db/cloud')).toThrow('DATABASE_URL');
    expect(() => refusePasswordInArguments('postgresql://me@db/cloud')).not.toThrow();
  });
});

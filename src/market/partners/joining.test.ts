import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../kernel/store/index.ts';
import { type FakeClock, fakeClock } from '../../kernel/testing/clock.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { marketMigrations } from '../index.ts';
import { type Answer, type Call, caller, type RunningMarket, startMarket } from '../testing/market.ts';

const [operator, owner, member, guest, stranger] = ['admin@ops', 'olga', 'max', 'gina', 'mallory'];
const day = 24 * 3600 * 1000;

let store: TestStore;
let market: RunningMarket;
let clock: FakeClock;
let call: Call;
let organisationId: string;

beforeAll(async () => {
  store = await createTestStore(marketMigrations);
  clock = fakeClock();
  market = await startMarket({ store, notifications: store.notifications, log: store.log, clock, instant: true });
  call = caller(market.url);
  const organisation = { name: 'Acme', roles: ['customer'], country: 'FR', owners: [owner] };
  organisationId = (await call(operator, 'POST /organisations', organisation)).body.id;
  await call(owner, `POST /organisations/${organisationId}/members`, { userId: member, role: 'member' });
});
afterAll(async () => {
  await market.close();
  await store.close();
});

const factsOf = async (subject: string): Promise<string[]> => {
  const { body } = await call(operator, 'GET /facts?limit=1000');
  const facts = body.items as { subject: string; kind: string }[];
  return facts.filter((fact) => fact.subject === subject).map(({ kind }) => kind);
};
const roleOf = async (userId: string): Promise<string | undefined> => {
  const { body } = await call(owner, `GET /organisations/${organisationId}/members`);
  return body.items.find((one: { userId: string }) => one.userId === userId)?.role;
};

describe('an invitation', () => {
  const invite = (role = 'member'): Promise<Answer> =>
    call(owner, `POST /organisations/${organisationId}/invitations`, { role, note: 'Gina, accounts' });
  const accept = (token: string, secret: string) => call(token, 'POST /invitation-acceptances', { secret });

  it('makes a member of whoever shows its secret, once', async () => {
    const { status, body } = await invite();
    expect([status, body]).toMatchObject([201, { state: 'open', role: 'member', note: 'Gina, accounts' }]);
    for (const _ of ['once', 'again']) {
      expect(await accept(guest, body.secret)).toMatchObject({
        status: 201,
        body: { organisationId, role: 'member', name: 'Acme' },
      });
    }
    expect(await accept(stranger, body.secret)).toMatchObject({ status: 409, body: { detail: /has been used/ } });
    expect([await roleOf(guest), await roleOf(stranger)]).toEqual(['member', undefined]);
    expect((await call(owner, `DELETE /organisations/${organisationId}/invitations/${body.id}`)).status).toBe(409);
    expect(await factsOf(body.id)).toEqual(['market.invitation.made', 'market.invitation.accepted']);
    const { rows } = await sql<{ text: string }>`
      select row_to_json(i)::text as text from market_partners.invitation i`.execute(store.db);
    expect(rows.some(({ text }) => text.includes(body.secret))).toBe(false);
  });

  it('is one person’s when two accept at once', async () => {
    const { body } = await invite();
    const answers = await Promise.all(['one', 'two'].map((token) => accept(token, body.secret)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('raises a member to an owner, and lowers nobody', async () => {
    await accept(member, (await invite('owner')).body.secret);
    expect(await roleOf(member)).toBe('owner');
    await accept(member, (await invite('member')).body.secret);
    expect(await roleOf(member)).toBe('owner');
  });

  it('is good for a week, and until it is revoked', async () => {
    const [late, revoked] = [await invite(), await invite()];
    for (const _ of ['once', 'again']) {
      expect((await call(owner, `DELETE /organisations/${organisationId}/invitations/${revoked.body.id}`)).status).toBe(
        204,
      );
    }
    expect(await accept('somebody', revoked.body.secret)).toMatchObject({ status: 409, body: { detail: /revoked/ } });
    await clock.advance(7 * day);
    expect(await accept('somebody', late.body.secret)).toMatchObject({ status: 409, body: { detail: /no longer/ } });
    const { body } = await call(owner, `GET /organisations/${organisationId}/invitations`);
    const states = new Map(body.items.map((one: { id: string; state: string }) => [one.id, one.state]));
    expect([states.get(late.body.id), states.get(revoked.body.id)]).toEqual(['expired', 'revoked']);
    expect(JSON.stringify(body)).not.toContain('ami_');
  });

  it('is an owner’s to make, see and revoke', async () => {
    const { body } = await invite();
    for (const [token, status] of [
      [guest, 403],
      [stranger, 404],
    ] as const) {
      const requests: [string, object?][] = [
        [`POST /organisations/${organisationId}/invitations`, { role: 'owner' }],
        [`GET /organisations/${organisationId}/invitations`],
        [`DELETE /organisations/${organisationId}/invitations/${body.id}`],
      ];
      for (const [request, json] of requests)
        expect([request, (await call(token, request, json)).status]).toEqual([request, status]);
    }
    for (const secret of ['ami_', `ami_${'x'.repeat(43)}`]) {
      expect((await accept(guest, secret)).status).toBe(secret.length < 10 ? 400 : 404);
    }
  });
});

describe('an organisation that applies', () => {
  const wanted = { name: 'Éditions du Phare', roles: ['publisher'], country: 'FR', message: 'Bonjour' };
  const apply = async (token: string, more: object = {}) => call(token, 'POST /applications', { ...wanted, ...more });
  const decide = (id: string, body: object, token = operator) => call(token, `POST /applications/${id}/decision`, body);

  it('is admitted by the operator, with the applicant as its owner, once', async () => {
    const { status, body } = await apply('anne', { registrationNumber: '732829320' });
    expect([status, body]).toMatchObject([201, { state: 'pending', applicantId: 'anne', organisationId: null }]);
    const admission = { decision: 'admit', domainId: 'd1', reviewRequired: true };
    const answers = await Promise.all([decide(body.id, admission), decide(body.id, admission)]);
    expect(answers.map((one) => one.status).sort()).toEqual([201, 409]);
    const { organisationId: made } = (await call('anne', `GET /applications/${body.id}`)).body;
    expect((await call('anne', `GET /organisations/${made}`)).body).toMatchObject({
      ...{ name: wanted.name, roles: ['publisher'], registrationNumber: '732829320' },
      ...{ domainId: 'd1', reviewRequired: true },
    });
    expect((await call('anne', `GET /organisations/${made}/members`)).body.items).toEqual([
      { userId: 'anne', role: 'owner' },
    ]);
    expect(await factsOf(body.id)).toEqual(['market.application.made', 'market.application.decided']);
    expect(await factsOf(made)).toEqual(['market.organisation.created']);
  });

  it('is refused with a reason, which the applicant reads', async () => {
    const { body } = await apply('basil');
    expect((await decide(body.id, { decision: 'refuse' })).status).toBe(400);
    expect((await decide(body.id, { decision: 'refuse', reason: 'No register number.' })).status).toBe(201);
    expect((await call('basil', `GET /applications/${body.id}`)).body).toMatchObject({
      ...{ state: 'refused', reason: 'No register number.', organisationId: null },
    });
    expect((await decide(body.id, { decision: 'admit' })).status).toBe(409);
    expect((await call('basil', `DELETE /applications/${body.id}`)).status).toBe(409);
  });

  it('may withdraw, and is then not admitted', async () => {
    const { body } = await apply('carla');
    for (const _ of ['once', 'again'])
      expect((await call('carla', `DELETE /applications/${body.id}`)).status).toBe(204);
    expect((await decide(body.id, { decision: 'admit' })).status).toBe(409);
    expect((await call('carla', 'GET /organisations')).body.items).toEqual([]);
  });

  it.each([
    [{ roles: ['operator'] }, 400],
    [{ roles: [] }, 400],
    [{ registrationNumber: '732829321' }, 400],
    [{ vatId: 'FR00732829320' }, 400],
    [{ iban: 'FR7630006000011234567890188' }, 400],
    [{ reviewRequired: false }, 400],
    [{ owners: ['x'] }, 400],
  ])('may not say %j', async (more, status) => {
    expect((await apply('dora', more)).status).toBe(status);
    expect((await call('dora', 'GET /applications')).body.items).toEqual([]);
  });

  it('is not there for strangers, waits with few others, and is decided by the operator only', async () => {
    const { body } = await apply('emil');
    expect((await call(stranger, `GET /applications/${body.id}`)).status).toBe(404);
    expect((await decide(body.id, { decision: 'admit' }, stranger)).status).toBe(404);
    expect((await decide(body.id, { decision: 'admit' }, 'emil')).status).toBe(403);
    expect((await call(operator, `DELETE /applications/${body.id}`)).status).toBe(403);
    const more = await Promise.all([1, 2, 3, 4, 5].map(() => apply('emil')));
    expect(more.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 409]);
    const pending = await call(operator, 'GET /applications?state=pending');
    expect(pending.body.items.map(({ applicantId }: { applicantId: string }) => applicantId)).toEqual(
      Array(5).fill('emil'),
    );
  });
});

import { type Clock, systemClock } from '../../kernel/base/clock.ts';
import { sql } from '../../kernel/store/index.ts';
import { createTestStore, type TestStore } from '../../kernel/testing/index.ts';
import { marketMigrations } from '../index.ts';
import { type Answer, type Call, caller, type RunningMarket, startMarket } from './market.ts';
import { openStore, people, quoteIn, type Scene } from './scene.ts';

/** The customer's people: eve and odile own it, max and mia answer for its cost centre, emma only orders. */
export const company = {
  ...{ owner: people.customer, odile: 'odile@acme', max: 'max@acme', mia: 'mia@acme', emma: 'emma@acme' },
} as const;

export const euros = (amount: string) => ({ amount, currency: 'EUR' });
/** What an order of the scene's plan costs a month at most, in the store. */
export const most = '17.25';
export const research = { code: 'R-42', name: 'Recherche', managerIds: ['max', 'mia'] };
/** Above ten euros a month, a manager has to agree. */
export const levels = [{ above: euros('10.00'), by: 'manager' }];

/** The scene's customer as a company with rules of its own for what its people buy. */
export interface Company {
  readonly store: TestStore;
  readonly market: RunningMarket;
  readonly call: Call;
  readonly scene: Scene;
  /** Where its purchasing policy is. */
  readonly policyPath: string;
  /** Has the market's clock go on by that much; back to now with 0. */
  goOn(ms: number): void;
  /** Its owner writes these rules in place of those before, and nothing counts against budgets any more. */
  agree(rules: object, costCentre?: object): Promise<void>;
  /** Somebody, emma unless said, orders the scene's offering on the cost centre. */
  place(more?: object, wanted?: object, token?: string): Promise<Answer>;
  until(request: string, states: readonly string[]): Promise<Answer>;
  /** What counts against the budget of the cost centre. */
  reserved(): Promise<string>;
  /** The kinds of a subject's facts. */
  factsOf(subject: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens it at a moment in the middle of a month, unless another is said: publishers take no signature of another time than theirs. */
export async function openCompany(begun = Date.parse('2026-06-15T10:00:00Z')): Promise<Company> {
  const started = performance.now();
  let ahead = 0;
  const clock: Clock = { ...systemClock, now: () => new Date(begun + performance.now() - started + ahead) };
  const store = await createTestStore(marketMigrations);
  const { notifications, log } = store;
  const market = await startMarket({ store, notifications, log, clock, instant: true });
  const call = caller(market.url);
  const scene = await openStore(call);
  for (const userId of ['odile', 'max', 'mia', 'emma']) {
    const role = userId === 'odile' ? 'owner' : 'member';
    await call(people.operator, `POST /organisations/${scene.customerId}/members`, { userId, role });
  }
  const policyPath = `/organisations/${scene.customerId}/purchasing-policy`;
  const must = (answer: Answer): Answer => {
    if (answer.status >= 300) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  };

  return {
    ...{ store, market, call, scene, policyPath },
    goOn(ms) {
      ahead = ms;
    },
    async agree(rules, costCentre = {}) {
      await sql`update market_approvals.request set freed_at = now() where freed_at is null`.execute(store.db);
      const { version } = (await call(company.owner, `GET ${policyPath}`)).body;
      const costCentres = [
        { ...research, ...costCentre },
        { code: 'ALONE', name: 'Seul', managerIds: [] },
      ];
      must(await call(company.owner, `PUT ${policyPath}`, { version, costCentres, ...rules }));
    },
    async place(more = {}, wanted = {}, token: string = company.emma) {
      const quote = must(await call(token, 'POST /quotes', { ...quoteIn(scene), ...wanted }));
      return call(token, 'POST /orders', { quoteId: quote.body.id, costCentre: research.code, ...more });
    },
    async until(request, states) {
      for (let look = 0; look < 2400; look += 1) {
        const answer = await call(company.emma, request);
        if (states.includes(answer.body.state)) return answer;
        await clock.sleep(25);
      }
      throw new Error(`${request} never became ${states.join(' or ')}`);
    },
    reserved: async () => (await call(company.owner, `GET ${policyPath}`)).body.costCentres[0].reserved.amount,
    async factsOf(subject) {
      const { body } = await call(people.operator, `GET /facts?subject=${subject}`);
      return body.items.map(({ kind }: { kind: string }) => kind);
    },
    async close() {
      await market.close();
      await store.close();
    },
  };
}

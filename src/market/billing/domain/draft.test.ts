import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateUsage, type UsageComponent } from '../../rating/index.ts';
import type { ShareRule } from '../../revenue-sharing/index.ts';
import { type DraftContent, draftContent, sharesByParty } from './draft.ts';

const component: UsageComponent = {
  kind: 'usage',
  id: 'server',
  name: { fr: 'Serveur', en: 'Server' },
  meter: 'andromede.compute.server.usage.v1',
  unit: 'minute',
  tariff: { model: 'flat', rate: '0.0137' },
  included: '0',
  monthlyMinimum: null,
  monthlyCap: 1725n,
};
const waterfall: ShareRule[] = [
  { party: 'reseller', basis: { kind: 'margin', percent: '15' } },
  { party: 'publisher', basis: { kind: 'percentOfRemainder', percent: '70' }, minimum: 5n },
];

function draft(seconds: number, earlier: readonly DraftContent[] = []): DraftContent {
  const start = new Date('2026-03-02T00:00:00Z');
  const usage = { start, end: new Date(start.getTime() + seconds * 1000), quantity: BigInt(seconds) };
  const rated = [rateUsage(component, [usage], '2026-03', 'Europe/Paris')];
  const tenures = [{ rated, base: null, vatRate: '20', waterfall }];
  return draftContent({ currency: 'EUR', tenures, operatorId: 'operator', earlier });
}

const total = (amounts: Iterable<bigint>) => [...amounts].reduce((a, b) => a + b, 0n);
const seconds = fc.integer({ min: 0, max: 29 * 86_400 });

describe('an invoice draft', () => {
  it('adds up: customer = VAT + operator + publisher + reseller', () => {
    const content = draft(3600);
    expect(content).toMatchObject({ totalWithoutVat: 82n, totalVat: 16n, total: 98n });
    expect([...sharesByParty(content)]).toEqual([
      ['reseller', 11n],
      ['publisher', 50n],
      ['operator', 21n],
    ]);
  });

  it('adds up to the cent whatever was used', () => {
    fc.assert(
      fc.property(seconds, (used) => {
        const content = draft(used);
        expect(total(sharesByParty(content).values()) + content.totalVat).toBe(content.total);
        expect(content.totalWithoutVat).toBeLessThanOrEqual(1725n);
      }),
    );
  });

  it('adjusts for late usage: all drafts of a month together are what one would have been', () => {
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 1, maxLength: 5 }), (reports) => {
        const drafts: DraftContent[] = [];
        for (const used of reports) drafts.push(draft(used, drafts));
        const last = draft(reports.at(-1) ?? 0);
        expect(total(drafts.map(({ totalWithoutVat }) => totalWithoutVat))).toBe(last.totalWithoutVat);
        for (const [party, amount] of sharesByParty(last)) {
          expect(total(drafts.map((one) => sharesByParty(one).get(party) ?? 0n))).toBe(amount);
        }
        for (const one of drafts) expect(total(sharesByParty(one).values())).toBe(one.totalWithoutVat);
      }),
    );
  });
});

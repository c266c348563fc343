import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roleBook } from './roles.ts';

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
const id = fc.constantFrom(...ids);
const rules = fc.array(fc.record({ prior_role_id: id, implied_role_id: id }), { maxLength: 12 });
const roles = ids.map((one) => ({ id: one, name: one, domain_id: null }));

describe('implied roles', () => {
  test('follow every chain of rules, and nothing but the rules', () => {
    fc.assert(
      fc.property(rules, id, (some, start) => {
        const { closure } = roleBook(roles, some);
        const reached = closure(start);
        expect(reached.has(start)).toBe(true);
        for (const rule of some) if (reached.has(rule.prior_role_id)) expect(reached).toContain(rule.implied_role_id);
        for (const other of reached) {
          if (other !== start) expect(some.some((rule) => rule.implied_role_id === other)).toBe(true);
        }
      }),
    );
  });

  test('holding more roles never takes one away', () => {
    fc.assert(
      fc.property(rules, fc.array(id), fc.array(id), (some, held, more) => {
        const { effective } = roleBook(roles, some);
        const all = effective([...held, ...more]).map((role) => role.id);
        for (const role of effective(held)) expect(all).toContain(role.id);
      }),
    );
  });

  test('a role of a domain stands for what it implies and does not show itself', () => {
    const book = roleBook(
      [
        { id: '1', name: 'operator', domain_id: 'default' },
        { id: '2', name: 'reader', domain_id: null },
        { id: '3', name: 'admin', domain_id: null },
      ],
      [
        { prior_role_id: '1', implied_role_id: '2' },
        { prior_role_id: '1', implied_role_id: '3' },
      ],
    );
    expect(book.effective(['1'])).toEqual([
      { id: '3', name: 'admin' },
      { id: '2', name: 'reader' },
    ]);
  });
});

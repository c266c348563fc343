import { Fault } from '../../../kernel/base/errors.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import { identityTables, must, withConflicts } from '../store/queries.ts';
import type { RoleRow } from '../store/tables.ts';
import { impliedByDefault } from './bootstrap.ts';

/** A role with those that it implies directly. */
export interface Inference {
  readonly prior: RoleRow;
  readonly implies: readonly RoleRow[];
}

/** Every role that implies others; with `priorId` that one only, be its list empty (404 when there is no such role). */
export async function listInferences(environment: Environment, priorId?: string): Promise<Inference[]> {
  const db = identityTables(environment.store.db);
  const roles = new Map(
    (await db.selectFrom('identity.role').selectAll().orderBy('id').execute()).map((role) => [role.id, role]),
  );
  const rules = await db.selectFrom('identity.role_inference').selectAll().orderBy('implied_role_id').execute();
  const byPrior = Map.groupBy(rules, ({ prior_role_id }) => prior_role_id);
  if (priorId !== undefined) await must(environment.store.db, 'role', priorId);
  return [...roles.values()]
    .filter(({ id }) => (priorId === undefined ? byPrior.has(id) : id === priorId))
    .map((prior) => ({
      prior,
      implies: (byPrior.get(prior.id) ?? []).flatMap(({ implied_role_id }) => roles.get(implied_role_id) ?? []),
    }));
}

/** The rule's two roles; 404 when there is no such rule. */
export async function getInference(environment: Environment, priorId: string, impliedId: string): Promise<Inference> {
  const { db } = environment.store;
  const [prior, implied] = [await must(db, 'role', priorId), await must(db, 'role', impliedId)];
  const rule = await identityTables(db)
    .selectFrom('identity.role_inference')
    .selectAll()
    .where('prior_role_id', '=', priorId)
    .where('implied_role_id', '=', impliedId)
    .executeTakeFirst();
  if (rule === undefined) throw noRule(priorId, impliedId);
  return { prior, implies: [implied] };
}

function noRule(priorId: string, impliedId: string): Fault {
  return new Fault('notFound', `${priorId} does not imply ${impliedId}.`);
}

/** Makes the prior role imply the other; repeatable. */
export async function createInference(environment: Environment, priorId: string, impliedId: string): Promise<void> {
  await withConflicts('role inference', impliedId, () =>
    change(environment, async (tx, touch) => {
      const [prior, implied] = [await must(tx, 'role', priorId), await must(tx, 'role', impliedId)];
      if (implied.name === 'admin' && implied.domain_id === null) {
        throw new Fault('forbidden', `${implied.id} cannot be an implied role.`);
      }
      if (prior.domain_id === null && implied.domain_id !== null) {
        throw new Fault(
          'forbidden',
          'The role of the whole cloud cannot imply a role of a domain; the other way round is possible.',
        );
      }
      await identityTables(tx)
        .insertInto('identity.role_inference')
        .values({ prior_role_id: priorId, implied_role_id: impliedId })
        .onConflict((existing) => existing.doNothing())
        .execute();
      touch(cacheKey.roles);
    }),
  );
}

/** Takes the rule away; 404 when there is none, 403 for those that the policies rely on. */
export async function deleteInference(environment: Environment, priorId: string, impliedId: string): Promise<void> {
  await change(environment, async (tx, touch) => {
    const [prior, implied] = [await must(tx, 'role', priorId), await must(tx, 'role', impliedId)];
    const builtIn = impliedByDefault.some(([first, second]) => prior.name === first && implied.name === second);
    if (builtIn && prior.domain_id === null && implied.domain_id === null) {
      throw new Fault('forbidden', `That ${prior.name} implies ${implied.name} is immutable: the policies rely on it.`);
    }
    const { numDeletedRows } = await identityTables(tx)
      .deleteFrom('identity.role_inference')
      .where('prior_role_id', '=', priorId)
      .where('implied_role_id', '=', impliedId)
      .executeTakeFirst();
    if (numDeletedRows === 0n) throw noRule(priorId, impliedId);
    touch(cacheKey.roles);
  });
}

import type { Store } from '../../../kernel/store/index.ts';
import { later, type Reconciler } from '../../../kernel/work/index.ts';
import type { NetworkEngine } from '../ports.ts';
import { guestPortIds, idsOf, noteApplied, noteRouterApplied } from '../store/applied.ts';
import { type Intended, networkIntent, portPlan, routerPlan, securityGroupIntent } from '../store/intents.ts';

interface Deps {
  readonly store: Store;
  readonly engine: NetworkEngine;
}

/** Milliseconds until it is looked again whether the engine knows what a thing stands on. */
const soon = 20;

/** How one kind of thing gets from the tables to the engine. */
interface Kind<I> {
  /** `network.network` */
  readonly name: string;
  /** What the tables say; undefined when the engine is to forget it. */
  plan(id: string): Promise<(Intended<I> & { readonly ready?: boolean }) | undefined>;
  apply(intent: I): Promise<void>;
  remove(id: string): Promise<void>;
  applied?(intended: Intended<I>): Promise<void>;
  /** What the tables have, and what the engine has. */
  wanted(): Promise<readonly string[]>;
  held(): Promise<readonly string[]>;
}

/**
 * Makes the engine hold what the tables say. A row that is gone is the whole record of a deletion: the job that was
 * written with it, or else the sweep, has the engine forget it. The first sweep of a process looks at everything, the
 * later ones at what one side has and the other has not.
 */
function reconciler<I>(kind: Kind<I>): Reconciler {
  let first = true;
  return {
    name: kind.name,
    async reconcile(id) {
      const planned = await kind.plan(id);
      if (planned === undefined) {
        await kind.remove(id);
        return undefined;
      }
      if (planned.ready === false) return later(soon);
      await kind.apply(planned.intent);
      await kind.applied?.(planned);
      return undefined;
    },
    async list() {
      // In this order: what the engine holds has been in the tables before.
      const held = new Set(await kind.held());
      const wanted = new Set(await kind.wanted());
      const everything = first;
      const result = [
        ...[...held].filter((id) => !wanted.has(id)),
        ...[...wanted].filter((id) => everything || !held.has(id)),
      ];
      first = false;
      return result;
    },
  };
}

/** The reconcilers of this service. */
export function networkReconcilers({ store, engine }: Deps): Reconciler[] {
  const { db } = store;
  return [
    reconciler({
      name: 'network.network',
      plan: (id) => networkIntent(db, id),
      apply: (intent) => engine.applyNetwork(intent),
      remove: (id) => engine.removeNetwork(id),
      applied: ({ intent, revision }) => noteApplied(db, 'network.network', intent.id, revision),
      wanted: () => idsOf(db, 'network.network'),
      held: async () => (await engine.inventory()).networks,
    }),
    reconciler({
      name: 'network.security-group',
      plan: (id) => securityGroupIntent(db, id),
      apply: (intent) => engine.applySecurityGroup(intent),
      remove: (id) => engine.removeSecurityGroup(id),
      applied: ({ intent, revision }) => noteApplied(db, 'network.security_group', intent.id, revision),
      wanted: () => idsOf(db, 'network.security_group'),
      held: async () => (await engine.inventory()).securityGroups,
    }),
    reconciler({
      name: 'network.port',
      plan: (id) => portPlan(db, id),
      apply: (intent) => engine.applyPort(intent),
      remove: (id) => engine.removePort(id),
      wanted: () => guestPortIds(db),
      held: async () => (await engine.inventory()).ports,
    }),
    reconciler({
      name: 'network.router',
      plan: (id) => routerPlan(db, id),
      apply: (intent) => engine.applyRouter(intent),
      remove: (id) => engine.removeRouter(id),
      applied: ({ intent }) => noteRouterApplied(db, intent),
      wanted: () => idsOf(db, 'network.router'),
      held: async () => (await engine.inventory()).routers,
    }),
  ];
}

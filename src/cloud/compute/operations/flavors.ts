import type { Context } from '../../../kernel/access/context.ts';
import { conflict, Fault } from '../../../kernel/base/errors.ts';
import { sql } from '../../../kernel/store/index.ts';
import type { Flavor } from '../domain/server.ts';
import { findFlavor } from '../store/flavors.ts';
import type { ComputeSettings } from './settings.ts';

/** The flavor of that id, else the one of that name; `notFound` otherwise. */
export async function flavorByIdOrName(
  { store }: ComputeSettings,
  context: Context,
  idOrName: string,
): Promise<Flavor> {
  const byId = await findFlavor(store.db, context, idOrName);
  if (byId !== undefined) return byId;
  const { rows } = await sql<{ id: string }>`select id from compute.flavor where name = ${idOrName}`.execute(store.db);
  const [row, other] = rows;
  if (other !== undefined) throw conflict(`Several flavors are named ${idOrName}: use the id.`);
  const byName = row && (await findFlavor(store.db, context, row.id));
  if (byName === undefined) throw new Fault('notFound', `Flavor ${idOrName.slice(0, 255)} could not be found.`);
  return byName;
}

import { sql } from 'kysely';
import type { Connection } from '../../../kernel/store/index.ts';
import type { RouterIntent } from '../ports.ts';

/** Notes which revision the engine was given. */
export async function noteApplied(
  db: Connection,
  table: 'network.network' | 'network.security_group',
  id: string,
  revision: number,
): Promise<void> {
  await sql`update ${sql.table(table)} set applied_revision = ${revision} where id = ${id}`.execute(db);
}

/** The engine carries the router: its legs are up, and the floating IPs that it was told of lead where they should. */
export async function noteRouterApplied(db: Connection, router: RouterIntent): Promise<void> {
  const legs = [...router.interfaces.map(({ portId }) => portId), ...(router.gateway ? [router.gateway.portId] : [])];
  await sql`update network.port set status = 'ACTIVE'
    where id = any(${legs}::uuid[]) and admin_state_up and status <> 'ACTIVE'`.execute(db);
  const forwarding = [...new Set(router.portForwardings.map(({ floatingIpId }) => floatingIpId))];
  await sql`update network.floating_ip set status = 'ACTIVE'
    where id = any(${forwarding}::uuid[]) and status <> 'ACTIVE'`.execute(db);
  const floating = router.floatingIps.map(({ id, portId, fixedAddress }) => `${id} ${portId} ${fixedAddress}`);
  await sql`update network.floating_ip set status = 'ACTIVE' where status <> 'ACTIVE'
    and router_id = ${router.id} and id || ' ' || fixed_port_id || ' ' || host(fixed_address) = any(${floating})`.execute(
    db,
  );
}

/** Every id of a table whose things the engine holds. */
export async function idsOf(
  db: Connection,
  table: 'network.network' | 'network.security_group' | 'network.router',
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from ${sql.table(table)}`.execute(db);
  return rows.map(({ id }) => id);
}

/** The ports that the engine holds by themselves: not routers' legs, nor floating IPs' addresses. */
export async function guestPortIds(db: Connection): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from network.port
    where router_id is null and device_owner <> 'network:floatingip'`.execute(db);
  return rows.map(({ id }) => id);
}

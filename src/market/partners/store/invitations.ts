import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';
import type { Invitation } from '../domain/invitation.ts';

const columns = sql`id, organisation_id as "organisationId", role, note, invited_by as "invitedBy",
  created_at as "createdAt", expires_at as "expiresAt", accepted_by as "acceptedBy", accepted_at as "acceptedAt",
  revoked_at as "revokedAt"`;

export async function insertInvitation(tx: Tx, invitation: Invitation, secretHash: Buffer): Promise<void> {
  const { id, organisationId, role, note, invitedBy, createdAt, expiresAt } = invitation;
  await sql`insert into market_partners.invitation
      (id, organisation_id, role, note, secret_hash, invited_by, created_at, expires_at)
    values (${id}, ${organisationId}, ${role}, ${note}, ${secretHash}, ${invitedBy}, ${createdAt}, ${expiresAt})
    `.execute(tx);
}

export async function findInvitation(db: Connection, id: string): Promise<Invitation | undefined> {
  const { rows } = await sql<Invitation>`select ${columns} from market_partners.invitation
    where id = ${id}`.execute(db);
  return rows[0];
}

/** The one with that secret, locked until the transaction ends. */
export async function lockInvitation(tx: Tx, secretHash: Buffer): Promise<Invitation | undefined> {
  const { rows } = await sql<Invitation>`select ${columns} from market_partners.invitation
    where secret_hash = ${secretHash} for update`.execute(tx);
  return rows[0];
}

export async function listInvitations(
  db: Connection,
  { organisationId, limit, after }: { organisationId: string; limit: number; after: string },
): Promise<Invitation[]> {
  const { rows } = await sql<Invitation>`select ${columns} from market_partners.invitation
    where organisation_id = ${organisationId} and id > ${after} order by id limit ${limit}`.execute(db);
  return rows;
}

export async function setAccepted(tx: Tx, id: string, userId: string, at: Date): Promise<void> {
  await sql`update market_partners.invitation set accepted_by = ${userId}, accepted_at = ${at}
    where id = ${id}`.execute(tx);
}

/** Once; false when it was accepted or revoked before. */
export async function setRevoked(tx: Tx, id: string, at: Date): Promise<boolean> {
  const { rows } = await sql`update market_partners.invitation set revoked_at = ${at}
    where id = ${id} and accepted_at is null and revoked_at is null returning id`.execute(tx);
  return rows.length > 0;
}

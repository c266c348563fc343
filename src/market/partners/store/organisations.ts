import { type Connection, isUniqueViolation, sql, type Tx, tables } from '../../../kernel/store/index.ts';
import type { Member, MemberRole, Organisation, OrganisationRole } from '../domain/organisation.ts';

interface OrganisationTable {
  id: string;
  name: string;
  roles: OrganisationRole[];
  country: string;
  registration_number: string | null;
  vat_id: string | null;
  iban: string | null;
  domain_id: string | null;
  review_required: boolean;
  created_at: Date;
}

interface MemberTable {
  organisation_id: string;
  user_id: string;
  role: MemberRole;
  created_at: Date;
}

interface Tables {
  'market_partners.organisation': OrganisationTable;
  'market_partners.member': MemberTable;
}

function fromRow(row: OrganisationTable): Organisation {
  return {
    id: row.id,
    name: row.name,
    roles: row.roles,
    country: row.country,
    registrationNumber: row.registration_number,
    vatId: row.vat_id,
    iban: row.iban,
    domainId: row.domain_id,
    reviewRequired: row.review_required,
    createdAt: row.created_at,
  };
}

/** Inserts; false when the id exists already, `'operator-exists'` when there is another operator. */
export async function insertOrganisation(tx: Tx, organisation: Organisation): Promise<boolean | 'operator-exists'> {
  const { id, name, roles, country, domainId, createdAt } = organisation;
  try {
    const inserted = await tables<Tables>(tx)
      .insertInto('market_partners.organisation')
      .values({
        ...{ id, name, country },
        roles: [...roles],
        registration_number: organisation.registrationNumber,
        vat_id: organisation.vatId,
        iban: organisation.iban,
        domain_id: domainId,
        review_required: organisation.reviewRequired,
        created_at: createdAt,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    return inserted !== undefined;
  } catch (error) {
    if (isUniqueViolation(error, 'organisation_one_operator')) return 'operator-exists';
    throw error;
  }
}

export async function findOrganisation(db: Connection, id: string): Promise<Organisation | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_partners.organisation')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && fromRow(row);
}

/** The oldest organisation of a Keystone domain. */
export async function findOfDomain(db: Connection, domainId: string): Promise<string | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_partners.organisation')
    .select('id')
    .where('domain_id', '=', domainId)
    .orderBy('created_at')
    .executeTakeFirst();
  return row?.id;
}

/** The operator, if it has been created. */
export async function findOperator(db: Connection): Promise<Organisation | undefined> {
  const row = await tables<Tables>(db)
    .selectFrom('market_partners.organisation')
    .selectAll()
    .where(sql<boolean>`'operator' = any (roles)`)
    .executeTakeFirst();
  return row && fromRow(row);
}

export async function listOrganisations(
  db: Connection,
  { limit, after }: { limit: number; after: string },
): Promise<Organisation[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_partners.organisation')
    .selectAll()
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(fromRow);
}

/** The organisations to which a person belongs, with the role in each. */
export async function organisationsOfUser(
  db: Connection,
  userId: string,
): Promise<(Organisation & { memberRole: MemberRole })[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_partners.member as m')
    .innerJoin('market_partners.organisation as o', 'o.id', 'm.organisation_id')
    .selectAll('o')
    .select('m.role as member_role')
    .where('m.user_id', '=', userId)
    .orderBy('o.id')
    .execute();
  return rows.map((row) => ({ ...fromRow(row), memberRole: row.member_role }));
}

export async function listMembers(db: Connection, organisationId: string): Promise<Member[]> {
  const rows = await tables<Tables>(db)
    .selectFrom('market_partners.member')
    .select(['user_id', 'role'])
    .where('organisation_id', '=', organisationId)
    .orderBy('user_id')
    .execute();
  return rows.map(({ user_id, role }) => ({ userId: user_id, role }));
}

/** Adds a member, or gives an existing one another role. */
export async function putMember(tx: Tx, organisationId: string, member: Member, now: Date): Promise<void> {
  await tables<Tables>(tx)
    .insertInto('market_partners.member')
    .values({ organisation_id: organisationId, user_id: member.userId, role: member.role, created_at: now })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'user_id']).doUpdateSet({ role: member.role }))
    .execute();
}

/** False when the person belongs to it already: then the role stays. */
export async function addMember(tx: Tx, organisationId: string, member: Member, now: Date): Promise<boolean> {
  const added = await tables<Tables>(tx)
    .insertInto('market_partners.member')
    .values({ organisation_id: organisationId, user_id: member.userId, role: member.role, created_at: now })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'user_id']).doNothing())
    .returning('user_id')
    .executeTakeFirst();
  return added !== undefined;
}

export async function deleteMember(tx: Tx, organisationId: string, userId: string): Promise<boolean> {
  const { numDeletedRows } = await tables<Tables>(tx)
    .deleteFrom('market_partners.member')
    .where('organisation_id', '=', organisationId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

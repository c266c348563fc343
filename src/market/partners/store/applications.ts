import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';
import type { Application, ApplicationState } from '../domain/application.ts';

const columns = sql`id, applicant_id as "applicantId", name, roles, country, registration_number as "registrationNumber",
  vat_id as "vatId", iban, message, state, reason, organisation_id as "organisationId", created_at as "createdAt",
  decided_at as "decidedAt"`;

/** False when it is there already. */
export async function insertApplication(tx: Tx, application: Application): Promise<boolean> {
  const { id, applicantId, name, roles, country, registrationNumber, vatId, iban, message, createdAt } = application;
  const { rows } = await sql`insert into market_partners.application
      (id, applicant_id, name, roles, country, registration_number, vat_id, iban, message, state, created_at)
    values (${id}, ${applicantId}, ${name}, ${[...roles]}, ${country}, ${registrationNumber}, ${vatId}, ${iban},
      ${message}, 'pending', ${createdAt})
    on conflict (id) do nothing returning id`.execute(tx);
  return rows.length > 0;
}

export async function findApplication(db: Connection, id: string): Promise<Application | undefined> {
  const { rows } = await sql<Application>`select ${columns} from market_partners.application
    where id = ${id}`.execute(db);
  return rows[0];
}

/** A person's applications, or everybody's with null. */
export async function listApplications(
  db: Connection,
  asked: { applicantId: string | null; state: ApplicationState | null; limit: number; after: string },
): Promise<Application[]> {
  const { applicantId, state, limit, after } = asked;
  const { rows } = await sql<Application>`select ${columns} from market_partners.application
    where id > ${after} and (${applicantId}::text is null or applicant_id = ${applicantId})
      and (${state}::text is null or state = ${state})
    order by id limit ${limit}`.execute(db);
  return rows;
}

export async function countPending(tx: Tx, applicantId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from market_partners.application
    where applicant_id = ${applicantId} and state = 'pending'`.execute(tx);
  return rows[0]?.count ?? 0;
}

export interface Decision {
  readonly state: Exclude<ApplicationState, 'pending'>;
  readonly reason: string | null;
  readonly organisationId: string | null;
  readonly at: Date;
}

/** Once; false when it was decided before, or is not there. */
export async function decide(tx: Tx, id: string, decision: Decision): Promise<boolean> {
  const { state, reason, organisationId, at } = decision;
  const { rows } = await sql`update market_partners.application
    set state = ${state}, reason = ${reason}, organisation_id = ${organisationId}, decided_at = ${at}
    where id = ${id} and state = 'pending' returning id`.execute(tx);
  return rows.length > 0;
}

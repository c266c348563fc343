import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';
import type { Level } from '../domain/policy.ts';
import type { ApprovalRequest, Decision, RequestState } from '../domain/request.ts';

interface RequestRow {
  id: string;
  organisation_id: string;
  subscription_id: string;
  requester_id: string;
  requester_name: string;
  subject: ApprovalRequest['subject'];
  cost_centre_code: string | null;
  cost_centre_name: string | null;
  amount_minor: bigint | null;
  currency: string;
  levels: Level[];
  own_approval: boolean;
  manager_ids: string[];
  state: RequestState;
  reason: string | null;
  expires_at: Date;
  created_at: Date;
  ended_at: Date | null;
  decisions: (Omit<Decision, 'at'> & { at: string })[];
}

const selectRequest = sql`select r.*, coalesce((
    select jsonb_agg(jsonb_build_object('level', level, 'userId', user_id, 'userName', user_name, 'decision', decision,
      'note', note, 'at', at) order by at)
    from market_approvals.decision where request_id = r.id), '[]') as decisions
  from market_approvals.request r`;

const fromRow = (row: RequestRow): ApprovalRequest => ({
  id: row.id,
  organisationId: row.organisation_id,
  subscriptionId: row.subscription_id,
  requesterId: row.requester_id,
  requesterName: row.requester_name,
  subject: row.subject,
  costCentre: row.cost_centre_code === null ? null : { code: row.cost_centre_code, name: row.cost_centre_name ?? '' },
  amount: row.amount_minor,
  currency: row.currency,
  levels: row.levels,
  managerIds: row.manager_ids,
  ownApproval: row.own_approval,
  state: row.state,
  reason: row.reason,
  decisions: row.decisions.map(({ at, ...rest }) => ({ ...rest, at: new Date(at) })),
  expiresAt: row.expires_at,
  createdAt: row.created_at,
  endedAt: row.ended_at,
});

/** Notified with each organisation of whose requests something has changed. */
export const approvalChannel = 'market_approvals_request';

async function notify(tx: Tx, id: string): Promise<void> {
  await sql`select pg_notify(${approvalChannel}, organisation_id::text) from market_approvals.request
    where id = ${id}`.execute(tx);
}

/** What counts against the budgets now: of the whole organisation, and of each cost centre. One range of an index. */
export async function reservedOf(
  db: Connection,
  organisationId: string,
): Promise<{ readonly organisation: bigint; readonly costCentres: ReadonlyMap<string, bigint> }> {
  const { rows } = await sql<{ code: string | null; reserved: bigint }>`
    select cost_centre_code as code, sum(reserved_minor)::bigint as reserved from market_approvals.request
    where organisation_id = ${organisationId} and freed_at is null group by cost_centre_code`.execute(db);
  return {
    organisation: rows.reduce((sum, { reserved }) => sum + reserved, 0n),
    costCentres: new Map(rows.flatMap(({ code, reserved }) => (code === null ? [] : [[code, reserved] as const]))),
  };
}

/** What a subscription's orders reserve now. */
export async function reservedBySubscription(db: Connection, subscriptionId: string): Promise<bigint> {
  const { rows } = await sql<{ reserved: bigint }>`select coalesce(sum(reserved_minor), 0)::bigint as reserved
    from market_approvals.request where subscription_id = ${subscriptionId} and freed_at is null`.execute(db);
  return rows[0]?.reserved ?? 0n;
}

/** Keeps a request, as long as nobody has ended it. */
export async function insertRequest(
  tx: Tx,
  request: Omit<ApprovalRequest, 'decisions' | 'reason'> & { readonly reserved: bigint },
): Promise<void> {
  const { costCentre } = request;
  await sql`insert into market_approvals.request (id, organisation_id, subscription_id, requester_id, requester_name, subject,
      cost_centre_code, cost_centre_name, amount_minor, reserved_minor, currency, levels, own_approval, manager_ids, state,
      expires_at, created_at, ended_at)
    values (${request.id}, ${request.organisationId}, ${request.subscriptionId}, ${request.requesterId},
      ${request.requesterName}, ${JSON.stringify(request.subject)}::jsonb, ${costCentre?.code ?? null},
      ${costCentre?.name ?? null}, ${request.amount}, ${request.reserved}, ${request.currency},
      ${JSON.stringify(request.levels)}::jsonb, ${request.ownApproval}, ${[...request.managerIds]}, ${request.state},
      ${request.expiresAt}, ${request.createdAt}, ${request.endedAt})`.execute(tx);
  await notify(tx, request.id);
}

export async function findRequest(db: Connection, id: string): Promise<ApprovalRequest | undefined> {
  return (await findRequests(db, [id]))[0];
}

export async function findRequests(db: Connection, ids: readonly string[]): Promise<ApprovalRequest[]> {
  const { rows } = await sql<RequestRow>`${selectRequest} where r.id = any(${[...ids]}::uuid[])`.execute(db);
  return rows.map(fromRow);
}

/** The request, until the end of the transaction nobody else's: of two who decide at once, the second sees what the first did. */
export async function lockRequest(tx: Tx, id: string): Promise<ApprovalRequest | undefined> {
  await sql`select from market_approvals.request where id = ${id} for update`.execute(tx);
  return findRequest(tx, id);
}

export async function insertDecision(tx: Tx, requestId: string, decision: Decision): Promise<void> {
  await sql`insert into market_approvals.decision (request_id, level, user_id, user_name, decision, note, at)
    values (${requestId}, ${decision.level}, ${decision.userId}, ${decision.userName}, ${decision.decision},
      ${decision.note}, ${decision.at})`.execute(tx);
  await notify(tx, requestId);
}

/** Ends a request; what is not granted reserves nothing any more. */
export async function endRequest(
  tx: Tx,
  id: string,
  state: Exclude<RequestState, 'waiting'>,
  at: Date,
  reason: string | null,
): Promise<void> {
  const freed = state === 'granted' ? null : at;
  await sql`update market_approvals.request set state = ${state}, reason = ${reason}, ended_at = ${at}, freed_at = ${freed}
    where id = ${id}`.execute(tx);
  await notify(tx, id);
}

/** From now on an order, or all of a subscription's, count against no budget. */
export async function freeReservation(
  tx: Tx,
  what: { readonly orderId: string } | { readonly subscriptionId: string },
  at: Date,
): Promise<void> {
  const whose = 'orderId' in what ? sql`id = ${what.orderId}` : sql`subscription_id = ${what.subscriptionId}`;
  await sql`update market_approvals.request set freed_at = ${at} where ${whose} and freed_at is null`.execute(tx);
}

/** An order's own amount takes the place of what the subscription's orders before it reserved. */
export async function replaceReservations(tx: Tx, id: string, at: Date): Promise<void> {
  await sql`update market_approvals.request old set freed_at = ${at} from market_approvals.request new
    where new.id = ${id} and old.subscription_id = new.subscription_id and old.id <> new.id and old.state = 'granted'
      and old.freed_at is null`.execute(tx);
  await sql`update market_approvals.request set reserved_minor = coalesce(amount_minor, 0)
    where id = ${id} and freed_at is null`.execute(tx);
}

/** The newest order of a subscription that reserves something. */
export async function findReservation(tx: Tx, subscriptionId: string): Promise<ApprovalRequest | undefined> {
  const { rows } = await sql<RequestRow>`${selectRequest} where r.subscription_id = ${subscriptionId}
    and r.freed_at is null and r.state = 'granted' order by r.created_at desc limit 1`.execute(tx);
  return rows[0] && fromRow(rows[0]);
}

/** That order reserves this amount now, in place of all that its subscription's orders have reserved. */
export async function setReservation(tx: Tx, id: string, amount: bigint | null, at: Date): Promise<void> {
  await sql`update market_approvals.request set amount_minor = ${amount} where id = ${id}`.execute(tx);
  await replaceReservations(tx, id, at);
}

/** Requests whose time is over. */
export async function overdueRequests(db: Connection, now: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from market_approvals.request
    where state = 'waiting' and expires_at <= ${now}`.execute(db);
  return rows.map(({ id }) => id);
}

/** Which requests a list shows. */
export interface RequestFilter {
  /** Of these organisations, or all with null. */
  readonly organisationIds: readonly string[] | null;
  readonly state: RequestState | undefined;
  /** Only those that this person may decide: an owner of these organisations, or a manager. */
  readonly approver: { readonly userId: string; readonly ownerOf: readonly string[] } | undefined;
  readonly limit: number;
  readonly after: string | undefined;
}

/** The newest first. */
export async function listRequests(db: Connection, filter: RequestFilter): Promise<ApprovalRequest[]> {
  const { organisationIds, state, approver, after } = filter;
  const own = organisationIds === null ? sql`true` : sql`r.organisation_id = any(${[...organisationIds]}::uuid[])`;
  const inState = state === undefined ? sql`true` : sql`r.state = ${state}`;
  const mine =
    approver === undefined
      ? sql`true`
      : sql`r.state = 'waiting' and (r.own_approval or r.requester_id <> ${approver.userId})
        and not exists (select from market_approvals.decision where request_id = r.id and user_id = ${approver.userId})
        and (r.organisation_id = any(${[...approver.ownerOf]}::uuid[]) or (r.manager_ids @> ${[approver.userId]}::text[]
          and exists (select from jsonb_array_elements(r.levels) with ordinality as l (rule, place)
            where l.rule->>'by' = 'manager' and not exists (
              select from market_approvals.decision d where d.request_id = r.id and d.level = l.place - 1))))`;
  const older =
    after === undefined
      ? sql`true`
      : sql`(r.created_at, r.id) < (select created_at, id from market_approvals.request where id = ${after})`;
  const { rows } = await sql<RequestRow>`${selectRequest} where ${own} and ${inState} and ${mine} and ${older}
    order by r.created_at desc, r.id desc limit ${filter.limit}`.execute(db);
  return rows.map(fromRow);
}

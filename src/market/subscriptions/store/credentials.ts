import { randomBytes } from 'node:crypto';
import { Fault } from '../../../kernel/base/errors.ts';
import { newId } from '../../../kernel/base/ids.ts';
import type { Sealer } from '../../../kernel/base/sealing.ts';
import { type Store, sql, type Tx } from '../../../kernel/store/index.ts';
import type { CloudCredential, PersonalToken, StackCloud } from '../../fulfilment/index.ts';

interface CredentialRow {
  id: string;
  user_id: string;
  project_id: string;
  name: string;
  sealed_secret: string;
  keystone_id: string | null;
}

/** The credential with which the market acts for a person in a project; made at their first order. */
export interface Credentials {
  /** Makes it with the person's own token, unless it exists; answers our id of it. */
  ensure(owner: PersonalToken, projectId: string, now: Date): Promise<string>;
  open(id: string): Promise<CloudCredential>;
  /** Has the next `ensure` ask Keystone again: the cloud did not know it any more. */
  doubt(tx: Tx, id: string): Promise<void>;
}

export function createCredentials({ db }: Store, sealer: Sealer, cloud: StackCloud): Credentials {
  /** Name and secret are kept first, so that a second try after a crash asks Keystone for the very same credential. */
  async function reserve({ userId }: PersonalToken, projectId: string, now: Date): Promise<CredentialRow> {
    const id = newId(now.getTime());
    const sealed = sealer.seal(randomBytes(32).toString('base64url'), id);
    await sql`insert into market_subscriptions.credential (id, user_id, project_id, name, sealed_secret, created_at)
      values (${id}, ${userId}, ${projectId}, ${`andromede-market-${id}`}, ${sealed}, ${now})
      on conflict (user_id, project_id) do nothing`.execute(db);
    const { rows } = await sql<CredentialRow>`select * from market_subscriptions.credential
      where user_id = ${userId} and project_id = ${projectId}`.execute(db);
    if (rows[0] === undefined) throw new Error('the credential that was just kept is gone');
    return rows[0];
  }

  return {
    async ensure(owner, projectId, now) {
      const row = await reserve(owner, projectId, now);
      if (row.keystone_id !== null) return row.id;
      const created = await cloud.createApplicationCredential(owner, {
        name: row.name,
        secret: sealer.open(row.sealed_secret, row.id),
        description:
          'Place de marché Andromède : crée et supprime les piles de vos abonnements. / Andromède marketplace.',
      });
      await sql`update market_subscriptions.credential set keystone_id = ${created.id} where id = ${row.id}`.execute(
        db,
      );
      return row.id;
    },
    async doubt(tx, id) {
      await sql`update market_subscriptions.credential set keystone_id = null where id = ${id}`.execute(tx);
    },
    async open(id) {
      const { rows } = await sql<CredentialRow>`select * from market_subscriptions.credential where id = ${id}`.execute(
        db,
      );
      const row = rows[0];
      if (row === undefined) throw new Error(`credential ${id} is gone`);
      if (row.keystone_id === null) {
        throw new Fault(
          'unauthorized',
          'The application credential of the subscription is gone: order again to renew it.',
        );
      }
      const secret = sealer.open(row.sealed_secret, row.id);
      return { userId: row.user_id, projectId: row.project_id, id: row.keystone_id, secret };
    },
  };
}

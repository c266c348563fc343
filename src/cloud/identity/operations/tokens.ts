import { tables } from '../../../kernel/store/index.ts';
import type { TokenPayload } from '../domain/token.ts';
import { change, type Environment } from '../environment.ts';
import { cacheKey } from '../store/directory.ts';
import type { IdentityTables } from '../store/tables.ts';

/** Takes a token back. Others of the same sign-in stay valid, as in Keystone. Repeatable. */
export async function revokeToken(environment: Environment, { auditId, expiresAt }: TokenPayload): Promise<void> {
  await change(environment, async (tx, touch) => {
    const db = tables<IdentityTables>(tx);
    await db.deleteFrom('identity.revoked_token').where('expires_at', '<', environment.clock.now()).execute();
    await db
      .insertInto('identity.revoked_token')
      .values({ audit_id: auditId, expires_at: new Date(expiresAt) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    touch(cacheKey.revoked(auditId));
  });
}

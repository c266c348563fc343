import { Fault } from '../../../kernel/base/errors.ts';
import { sql } from '../../../kernel/store/index.ts';
import { isLocked } from '../domain/password-rules.ts';
import type { Environment } from '../environment.ts';
import type { UserRow } from '../store/tables.ts';
import { unauthorized } from './unauthorized.ts';

/** What is known of a user who tries a password. */
export type Candidate = Pick<UserRow, 'id' | 'password_hash' | 'options'> & {
  readonly failed_sign_ins: number;
  readonly failed_at: Date | null;
};

/** Throws 401 unless it is the user's password and the account is not locked; counts wrong ones where that is a rule. */
export async function checkPassword(
  environment: Environment,
  user: Candidate | undefined,
  password: string,
): Promise<void> {
  const { passwordRules: rules, store, clock } = environment;
  const counts = rules.lockoutFailureAttempts !== null && !user?.options.ignore_lockout_failure_attempts;
  if (user !== undefined && counts) {
    const history = { failures: user.failed_sign_ins, lastFailure: user.failed_at };
    if (isLocked(rules, history, clock.now())) {
      throw new Fault('unauthorized', `The account is locked for user: ${user.id}.`);
    }
  }
  const matches = await environment.passwords.verify(user?.password_hash ?? null, password);
  if (user !== undefined && counts && (!matches || user.failed_sign_ins > 0)) {
    // A lock that has run out leaves the count: it starts again with the next wrong password.
    const failures = matches
      ? sql`0`
      : sql`case when failed_at > ${windowStart(environment)} then failed_sign_ins + 1 else 1 end`;
    await sql`update identity.user set failed_sign_ins = ${failures}, failed_at = ${matches ? null : clock.now()}
      where id = ${user.id}`.execute(store.db);
  }
  if (user === undefined || !matches) throw unauthorized('wrong user or password');
}

function windowStart({ passwordRules, clock }: Environment): Date {
  return new Date(clock.now().getTime() - passwordRules.lockoutDurationSeconds * 1000);
}

import { badRequest } from '../../../kernel/base/errors.ts';

/** What an operator demands of passwords and sign-ins (Keystone's `security_compliance`). Null and 0: not demanded. */
export interface PasswordRules {
  /** Wrong passwords in a row after which an account is locked. */
  readonly lockoutFailureAttempts: number | null;
  readonly lockoutDurationSeconds: number;
  readonly passwordExpiresDays: number | null;
  /** How many passwords, the new one included, must differ. */
  readonly uniqueLastPasswordCount: number;
  readonly minimumPasswordAgeDays: number;
  readonly passwordRegex: string | null;
  /** What a person reads whose password does not match. */
  readonly passwordRegexDescription: string;
  /** A password that an administrator set is good for one change only. */
  readonly changePasswordUponFirstUse: boolean;
}

export const noPasswordRules: PasswordRules = {
  lockoutFailureAttempts: null,
  lockoutDurationSeconds: 1800,
  passwordExpiresDays: null,
  uniqueLastPasswordCount: 0,
  minimumPasswordAgeDays: 0,
  passwordRegex: null,
  passwordRegexDescription: '',
  changePasswordUponFirstUse: false,
};

const dayMs = 86_400_000;

/** Throws 400 unless the password is as the rules want one. */
export function checkStrength({ passwordRegex, passwordRegexDescription }: PasswordRules, password: string): void {
  if (passwordRegex === null || new RegExp(passwordRegex, 'u').test(password)) return;
  throw badRequest(`The password does not match the requirements: ${passwordRegexDescription}.`);
}

/** When a password that is set now ends; null: never. `byAdministrator`: somebody else set it. */
export function expiryOf(
  rules: PasswordRules,
  now: Date,
  exempt: { readonly fromExpiry: boolean; readonly fromFirstUse: boolean },
  byAdministrator: boolean,
): Date | null {
  if (byAdministrator && rules.changePasswordUponFirstUse && !exempt.fromFirstUse) return now;
  if (rules.passwordExpiresDays === null || exempt.fromExpiry) return null;
  return new Date(now.getTime() + rules.passwordExpiresDays * dayMs);
}

/** Whether an account is locked now for wrong passwords. */
export function isLocked(
  { lockoutFailureAttempts, lockoutDurationSeconds }: PasswordRules,
  { failures, lastFailure }: { readonly failures: number; readonly lastFailure: Date | null },
  now: Date,
): boolean {
  if (lockoutFailureAttempts === null || failures < lockoutFailureAttempts || lastFailure === null) return false;
  return now.getTime() < lastFailure.getTime() + lockoutDurationSeconds * 1000;
}

/** Throws 400 while the password is too young to be changed by its owner. */
export function checkAge({ minimumPasswordAgeDays }: PasswordRules, setAt: Date | null, now: Date): void {
  const changeableAt = (setAt?.getTime() ?? 0) + minimumPasswordAgeDays * dayMs;
  if (minimumPasswordAgeDays === 0 || now.getTime() >= changeableAt) return;
  const days = Math.ceil((changeableAt - now.getTime()) / dayMs);
  throw badRequest(
    `Cannot change password before minimum age ${minimumPasswordAgeDays} days is met: ${days} day(s) are left.`,
  );
}

import { Fault } from '../../../kernel/base/errors.ts';

/** Never says which part was wrong. `detail` is for the operator's log. */
export function unauthorized(detail: string): Fault {
  return new Fault('unauthorized', 'The request you have made requires authentication.', { detail });
}

import type { Session } from '../../harness/client.ts';

/** Every name that the owner's things have begins so: whoever else reads it has seen too much. */
export const mark = 'owned-by-demo';

/** What was made, as its API told it. */
export interface Made {
  readonly id: string;
  readonly name: string;
}

/** Creates and answers what is under the body's one key, or the whole answer. */
export async function make(
  session: Session,
  path: string,
  body: object,
  headers?: Readonly<Record<string, string>>,
): Promise<Made> {
  const answer = await session.call<Record<string, unknown>>('POST', path, body, headers);
  if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  const [key = ''] = Object.keys(body);
  const inner = answer.body[key];
  return (typeof inner === 'object' ? inner : answer.body) as Made;
}

/** Puts, and throws unless it was taken. */
export async function put(
  session: Session,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
): Promise<void> {
  const { status, body: answer } = await session.call('PUT', path, body, headers);
  if (status >= 300) throw new Error(`PUT ${path}: ${status} ${JSON.stringify(answer)}`);
}

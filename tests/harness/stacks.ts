import { readFileSync } from 'node:fs';
import { type Session, until } from './client.ts';

/** The template that the story sells. */
export const webPage = readFileSync(new URL('../../examples/web-page/template.yaml', import.meta.url), 'utf8');

/** A stack as Heat shows it. */
export interface Stack {
  readonly id: string;
  readonly stack_name: string;
  readonly stack_status: string;
  readonly stack_status_reason: string;
  readonly outputs: readonly { readonly output_key: string; readonly output_value: unknown }[];
  readonly parameters: Readonly<Record<string, string>>;
}

const stacksOf = ({ projectId }: Session) => `/orchestration/v1/${projectId}/stacks`;

export async function createStack(session: Session, name: string, template: unknown = webPage): Promise<string> {
  const body = { stack_name: name, template };
  const answer = await session.call<{ stack: { id: string } }>('POST', stacksOf(session), body);
  if (answer.status !== 201) throw new Error(`creating ${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.stack.id;
}

export async function deleteStack(session: Session, name: string, id: string): Promise<void> {
  const answer = await session.call('DELETE', `${stacksOf(session)}/${name}/${id}`);
  if (answer.status !== 204) throw new Error(`deleting ${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** The stack once nothing is being done to it. */
export async function settledStack(session: Session, name: string, id: string, seconds = 20): Promise<Stack> {
  const show = async () => {
    const answer = await session.call<{ stack: Stack }>('GET', `${stacksOf(session)}/${name}/${id}`);
    if (answer.status !== 200) throw new Error(`showing ${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.stack;
  };
  return until(show, ({ stack_status }) => !stack_status.endsWith('IN_PROGRESS'), seconds);
}

export function outputOf(stack: Stack, key: string): string {
  return String(stack.outputs.find(({ output_key }) => output_key === key)?.output_value);
}

/** How many servers, ports, routers, floating IPs and networks the project has. */
export async function thingsOf(session: Session): Promise<Record<string, number>> {
  const lists: Record<string, string> = {
    servers: '/compute/v2.1/servers',
    ports: '/network/v2.0/ports',
    routers: '/network/v2.0/routers',
    floatingips: '/network/v2.0/floatingips',
    networks: `/network/v2.0/networks?project_id=${session.projectId}`,
  };
  const counts = await Promise.all(
    Object.entries(lists).map(async ([key, path]) => {
      const { body } = await session.call<Record<string, unknown[]>>('GET', path);
      return [key, body[key]?.length ?? Number.NaN] as const;
    }),
  );
  return Object.fromEntries(counts);
}

export const nothing = { servers: 0, ports: 0, routers: 0, floatingips: 0, networks: 0 };

import { queryOptions } from '@tanstack/react-query';
import { call, send } from './http.ts';

/** Who is signed in, as `/console/v1/session` says. */
export interface Session {
  readonly user: { readonly id: string; readonly name: string; readonly domainId: string };
  readonly project: { readonly id: string; readonly name: string } | null;
  readonly roles: readonly string[];
  readonly isAdmin: boolean;
  readonly expiresAt: string;
}

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly domain_id: string;
}

export interface SignIn {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
}

const projectKey = 'andromede.project';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => (await call<{ session: Session | null }>('GET', '/console/v1/session')).session,
  staleTime: 60_000,
});

/** The projects that the person may act in. */
export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: async () => (await call<{ projects: Project[] }>('GET', '/identity/v3/auth/projects')).projects,
});

const tokens = '/identity/v3/auth/tokens?nocatalog';

/**
 * Signs in at Keystone, in the project of the last visit or else the first one, then hands the token to the cookie; nothing
 * of it is kept in the page.
 */
export async function signIn({ user, domain, password }: SignIn): Promise<Session> {
  const named = { name: user, domain: { name: domain }, password };
  const unscoped = await tokenFor({ methods: ['password'], password: { user: named } }, 'unscoped');
  const { projects } = await call<{ projects: Project[] }>('GET', '/identity/v3/auth/projects', {
    headers: { 'X-Auth-Token': unscoped },
  });
  const last = localStorage.getItem(projectKey);
  const project = projects.find(({ id }) => id === last) ?? projects[0];
  const token =
    project === undefined
      ? unscoped
      : await tokenFor({ methods: ['token'], token: { id: unscoped } }, { project: { id: project.id } });
  return call<Session>('PUT', '/console/v1/session', { headers: { 'X-Auth-Token': token } });
}

async function tokenFor(identity: object, scope: object | string): Promise<string> {
  const answer = await send('POST', tokens, { body: { auth: { identity, scope } } });
  return answer.headers.get('X-Subject-Token') ?? '';
}

/** Goes on in another project of the same person. */
export async function chooseProject(projectId: string): Promise<void> {
  await call('PUT', '/console/v1/session/project', { body: { projectId } });
  localStorage.setItem(projectKey, projectId);
}

/** Ends the session; its token is revoked. */
export async function signOut(): Promise<void> {
  await call('DELETE', '/console/v1/session');
}

import { Type } from 'typebox';
import { routingTables } from '../../src/app/api/routing-tables.ts';
import { type Route, type Service, versionText } from '../../src/kernel/http/index.ts';

/** A route of some service, found in its routing table. */
export interface SweptRoute {
  readonly service: Service;
  readonly route: Route;
  /**
   * `DELETE /compute/v2.1/servers/:serverId`, with the first microversion where there are several of the same, and the name
   * of the action where it is one of many.
   */
  readonly name: string;
}

/** Every route of every service; where a path does many things, each of them is a route here. */
export function everyRoute(): readonly SweptRoute[] {
  return routingTables().flatMap((service) =>
    service.routes.flatMap((route) => {
      const from = route.versions?.min === undefined ? '' : ` from ${versionText(route.versions.min)}`;
      const name = `${route.method} ${service.mount}${route.path}${from}`;
      const { actions, ...whole } = route;
      if (actions === undefined) return [{ service, route, name }];
      return Object.entries(actions).map(([action, schema]) => {
        const body = Type.Object({ [action]: schema }, { additionalProperties: false });
        return { service, route: { ...whole, body }, name: `${name} ${action}` };
      });
    }),
  );
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** What is sent besides method and path. */
export interface Sent {
  readonly token?: string;
  /** Sent as JSON unless it is bytes or text. */
  readonly body?: unknown;
}

/** Calls a route at a path that has its parameters filled in, in the newest microversion in which the route exists. */
export async function ask(
  url: string,
  { service, route }: SweptRoute,
  path: string,
  { token, body }: Sent,
): Promise<Answer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(`${url}${service.mount}${path}`, {
    method: route.method,
    redirect: 'manual',
    headers: {
      ...versionHeader(service, route),
      ...(token === undefined ? {} : { 'X-Auth-Token': token }),
      ...(body === undefined ? {} : { 'Content-Type': raw ? 'application/octet-stream' : mediaTypeOf(route) }),
    },
    ...(body === undefined ? {} : { body: raw ? Buffer.from(body) : JSON.stringify(body) }),
  });
  return { status: response.status, text: await textOf(response), headers: response.headers };
}

/** Glance alone wants to be told which dialect of JSON patch it is. */
function mediaTypeOf({ operation }: Route): string {
  return operation === 'image:images:update' ? 'application/openstack-images-v2.1-json-patch' : 'application/json';
}

/** All that is answered; of a stream of events, which does not end, the beginning. */
async function textOf(response: Response): Promise<string> {
  if (response.headers.get('Content-Type') !== 'text/event-stream') return response.text();
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return Buffer.from(value ?? []).toString();
}

/** The newest microversion in which the route exists. */
export function versionHeader({ microversions, name }: Service, { versions }: Route): Record<string, string> {
  if (microversions === undefined) return {};
  const version = versionText(versions?.max ?? microversions.max);
  return { 'OpenStack-API-Version': `${microversions.serviceType ?? name} ${version}` };
}

/** The names of a path's parameters, in order; `rest` for a last `*`. */
export function parametersOf(path: string): string[] {
  return [...path.matchAll(/:(\w+)|\*$/g)].map(([, name]) => name ?? 'rest');
}

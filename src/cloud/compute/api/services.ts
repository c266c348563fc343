import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import { derivedId, isUuid } from '../../../kernel/base/ids.ts';
import { atLeast, type Route, route, type Version, version } from '../../../kernel/http/index.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import type { Hypervisor } from '../ports.ts';
import { hostSettings, setHost } from '../store/hosts.ts';
import type { HostRow } from '../store/tables.ts';
import { isUp } from './hosts.ts';
import { rawTime } from './links.ts';
import { searchOf } from './paging.ts';
import { boolean, exact, truth } from './schemas.ts';

const binary = 'nova-compute';
const until252 = { max: version('2.52') };
const since253 = { min: version('2.53') };

/** The service's id in that version: a number until 2.52. */
export function serviceId(hostName: string, asked: Version): number | string {
  return atLeast(asked, '2.53') ? derivedId('compute.service', hostName) : 1;
}

const reason = Type.String({ minLength: 1, maxLength: 255 });
const ofHost = {
  host: Type.String({ minLength: 1, maxLength: 255 }),
  binary: Type.String({ minLength: 1, maxLength: 255 }),
};

/** What runs servers on each host. */
export function serviceRoutes(settings: ComputeSettings, hypervisor: Hypervisor): Route[] {
  const { zone, hostName, clock, store } = settings;
  const path = '/v2.1/os-services';
  const policy = policies.admin;

  async function view(asked: Version, host: HostRow): Promise<Record<string, unknown>> {
    const up = !host.forced_down && (await isUp(hypervisor));
    return {
      id: serviceId(hostName, asked),
      ...{ binary, host: hostName, zone },
      status: host.disabled ? 'disabled' : 'enabled',
      state: up ? 'up' : 'down',
      updated_at: rawTime(clock.now()),
      disabled_reason: host.disabled_reason,
      ...(atLeast(asked, '2.11') ? { forced_down: host.forced_down } : {}),
    };
  }

  function known(host: string, called: string): void {
    if (host !== hostName || called !== binary) {
      throw new Fault('notFound', `Service ${called.slice(0, 64)} on host ${host.slice(0, 64)} not found.`);
    }
  }

  /** `enable` and the like: changes the host and shows what was changed. */
  function verb(name: string, change: (body: Record<string, unknown>) => Partial<HostRow>, more = {}, first = '2.1') {
    return route({
      method: 'PUT',
      path: `${path}/${name}`,
      operation: `compute:services:${name}`,
      policy,
      versions: { ...until252, min: version(first) },
      body: exact({ ...ofHost, ...more }),
      async handler({ body }) {
        known(body.host, body.binary);
        const changed = await setHost(store.db, hostName, change(body));
        const { forced_down, disabled_reason } = changed;
        const status = changed.disabled ? 'disabled' : 'enabled';
        const shown =
          name === 'force-down'
            ? { forced_down }
            : name === 'disable-log-reason'
              ? { status, disabled_reason }
              : { status };
        return { service: { host: hostName, binary, ...shown } };
      },
    });
  }

  return [
    route({
      method: 'GET',
      path,
      operation: 'compute:services:list',
      policy,
      async handler(request) {
        const search = searchOf(request);
        const wanted = (search.get('host') ?? hostName) === hostName && (search.get('binary') ?? binary) === binary;
        return { services: wanted ? [await view(request.version, await hostSettings(store.db, hostName))] : [] };
      },
    }),
    verb('enable', () => ({ disabled: false, disabled_reason: null })),
    verb('disable', () => ({ disabled: true, disabled_reason: null })),
    verb('disable-log-reason', (body) => ({ disabled: true, disabled_reason: String(body.disabled_reason) }), {
      disabled_reason: reason,
    }),
    verb(
      'force-down',
      (body) => ({ forced_down: truth((body.forced_down ?? true) as boolean | string) }),
      { forced_down: Type.Optional(boolean) },
      '2.11',
    ),
    route({
      method: 'PUT',
      path: `${path}/:serviceId`,
      operation: 'compute:services:update',
      policy,
      versions: since253,
      body: exact({
        status: Type.Optional(Type.Union([Type.Literal('enabled'), Type.Literal('disabled')])),
        disabled_reason: Type.Optional(reason),
        forced_down: Type.Optional(boolean),
      }),
      async handler({ params, body, version: asked }) {
        const { status, disabled_reason: why, forced_down: forced } = body;
        if (status === undefined && forced === undefined)
          throw badRequest('No updates were requested: give status or forced_down.');
        if (why !== undefined && status !== 'disabled')
          throw badRequest("Specifying disabled_reason requires that status is 'disabled'.");
        if (!isUuid(params.serviceId ?? '')) throw badRequest('Invalid service id: a UUID is expected.');
        if (params.serviceId !== serviceId(hostName, asked))
          throw new Fault('notFound', `Service ${params.serviceId} not found.`);
        const changed = await setHost(store.db, hostName, {
          ...(status === undefined ? {} : { disabled: status === 'disabled', disabled_reason: why ?? null }),
          ...(forced === undefined ? {} : { forced_down: truth(forced) }),
        });
        return { service: await view(asked, changed) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:serviceId`,
      operation: 'compute:services:delete',
      policy,
      status: 204,
      handler({ params, version: asked }) {
        if (params.serviceId !== String(serviceId(hostName, asked))) {
          throw new Fault('notFound', `Service ${params.serviceId?.slice(0, 64)} not found.`);
        }
        throw conflict(`Unable to delete compute service that is running on ${hostName}.`);
      },
    }),
  ];
}

import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { ServerAttributes } from '../operations/create-server.ts';
import type { RequestedNetworks } from '../operations/requested-networks.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { devicesOf } from './create-devices.ts';
import { truth } from './schemas.ts';
import type { CreateServerBody } from './server-schemas.ts';

type Server = CreateServerBody['server'];

function unsupported(what: string): Fault {
  return new Fault('notSupported', `${what} are not supported yet.`);
}

/** Hints that ask for another host, of which there is none; `same_host` asks for what is so anyway. */
const decidingHints = ['different_host', 'build_near_host_ip', 'query'];

/** Turns the body of `POST /servers` into what is asked for; what we cannot do is refused rather than left out. */
export function attributesOf(settings: ComputeSettings, context: Context, body: CreateServerBody): ServerAttributes {
  const { server } = body;
  refuseUnsupported(body);
  refuseOtherHost(settings, context, server);
  return {
    name: server.name.trim(),
    flavorRef: String(server.flavorRef),
    ...devicesOf(server),
    serverGroupId: groupOf(body),
    keyName: server.key_name,
    networks: networksOf(server),
    securityGroups: server.security_groups?.map(({ name = 'default' }) => name),
    userData: server.user_data,
    metadata: server.metadata,
    configDrive: server.config_drive === undefined ? undefined : truth(server.config_drive),
    description: server.description,
    tags: server.tags,
    availabilityZone: zoneOf(settings, context, server.availability_zone),
    adminPass: server.adminPass,
    accessIpV4: server.accessIPv4,
    accessIpV6: server.accessIPv6,
    diskConfig: server['OS-DCF:diskConfig'],
    count: countOf(server),
  };
}

function refuseUnsupported(body: CreateServerBody): void {
  const { server } = body;
  if ((server.personality ?? []).length > 0) throw unsupported('Injected files (personality)');
  if ((server.trusted_image_certificates ?? []).length > 0) throw unsupported('Trusted image certificates');
  const hints = hintsOf(body);
  const hint = decidingHints.find((name) => hints[name] !== undefined);
  if (hint !== undefined) throw unsupported(`Scheduler hints such as ${hint}`);
}

function hintsOf(body: CreateServerBody): Record<string, unknown> {
  return { ...body['OS-SCH-HNT:scheduler_hints'], ...body['os:scheduler_hints'] };
}

function groupOf(body: CreateServerBody): string | undefined {
  const { group } = hintsOf(body);
  if (group === undefined) return undefined;
  if (typeof group !== 'string' || !isUuid(group)) throw badRequest('The hint group is the id of a server group.');
  return group;
}

function networksOf({ networks }: Server): RequestedNetworks | undefined {
  if (networks === undefined || typeof networks === 'string') return networks;
  return networks.map(({ uuid, port, fixed_ip: fixedIp, tag }) => ({ uuid, port, fixedIp, tag }));
}

function countOf({ min_count: min, max_count: max, name }: Server): number {
  const least = Number(min ?? 1);
  const most = Number(max ?? min ?? 1);
  if (least < 1 || most < 1) throw badRequest('min_count and max_count are at least 1.');
  if (least > most) throw badRequest('min_count must be <= max_count');
  if (most > 1000) throw badRequest(`At most 1000 servers can be asked for at once, not ${most} of ${name}.`);
  return most;
}

/** `ZONE` or, for administrators, `ZONE:HOST:NODE`. */
function zoneOf(settings: ComputeSettings, context: Context, zone: string | undefined): string | undefined {
  if (zone === undefined || !zone.includes(':')) return zone;
  if (!context.isAdmin) throw new Fault('forbidden', 'Only administrators may choose a host.');
  const [name = '', host = ''] = zone.split(':');
  if (host !== '' && host !== settings.hostName) throw badRequest(`Compute host ${host} could not be found.`);
  return name === '' ? undefined : name;
}

function refuseOtherHost(
  { hostName }: ComputeSettings,
  context: Context,
  { host, hypervisor_hostname: node }: Server,
): void {
  const wanted = host ?? node;
  if (wanted === undefined) return;
  if (!context.isAdmin) throw new Fault('forbidden', 'Only administrators may choose a host.');
  if (wanted !== hostName || (node ?? hostName) !== hostName)
    throw badRequest(`Compute host ${wanted} could not be found.`);
}

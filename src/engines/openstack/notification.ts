import type { ResourceEvent } from '../../cloud/telemetry/ports.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** What a notification says that a resource has begun, ended or changed. */
type Translate = (payload: Json, at: string) => ResourceEvent | undefined;

/** Services write UTC without saying so: `2026-11-25 12:00:00`, `2026-11-25T12:00:00.000000`. */
export function instantOf(written: unknown): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*(Z|[+-]\d\d:?\d\d)?$/.exec(text(written) ?? '');
  if (match === null) return undefined;
  const instant = new Date(`${match[1]}T${match[2]}${match[3] ?? 'Z'}`);
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString();
}

function eventOf(type: string, subject: unknown, projectId: unknown, data: Json & { at: string }) {
  const [id, project] = [text(subject), text(projectId)];
  if (id === undefined || project === undefined) return undefined;
  return { type: `andromede.${type}.v1`, subject: id, data: { ...data, projectId: project } };
}

/** Nova's unversioned notifications (`notification_format` unversioned or both, the first being its default). */
function server(type: string, when: readonly string[]): Translate {
  return (payload, at) => {
    const said = when.map((key) => instantOf(payload[key])).find((instant) => instant !== undefined) ?? at;
    return eventOf(`compute.server.${type}`, payload.instance_id, payload.tenant_id, {
      at: said,
      ...(type === 'started' && { launchedAt: said }),
      name: payload.display_name,
      flavorId: payload.instance_flavor_id,
      flavorName: payload.instance_type,
      vcpus: payload.vcpus,
      memoryMiB: payload.memory_mb,
      diskGiB: payload.disk_gb,
    });
  };
}

/** An audit of a server that runs: for those that were there before anybody listened. */
const existing: Translate = (payload, at) =>
  instantOf(payload.launched_at) === undefined || instantOf(payload.deleted_at) !== undefined
    ? undefined
    : server('started', ['launched_at'])(payload, at);

function floatingIp(type: string): Translate {
  return (payload, at) => {
    const address = isObject(payload.floatingip) ? payload.floatingip : {};
    const created = type === 'created' ? instantOf(address.created_at) : undefined;
    return eventOf(
      `network.floating-ip.${type}`,
      address.id ?? payload.floatingip_id,
      address.project_id ?? address.tenant_id,
      {
        at: created ?? at,
        address: address.floating_ip_address,
      },
    );
  };
}

function volume(type: string, when?: string): Translate {
  return (payload, at) =>
    eventOf(`volume.volume.${type}`, payload.volume_id, payload.tenant_id, {
      at: (when === undefined ? undefined : instantOf(payload[when])) ?? at,
      name: payload.display_name,
      sizeGiB: payload.size,
      volumeType: payload.volume_type,
    });
}

const translations: Readonly<Record<string, Translate>> = {
  'compute.instance.create.end': server('started', ['launched_at']),
  'compute.instance.exists': existing,
  'compute.instance.delete.end': server('deleted', ['terminated_at', 'deleted_at']),
  'compute.instance.resize.confirm.end': server('resized', []),
  'floatingip.create.end': floatingIp('created'),
  'floatingip.delete.end': floatingIp('deleted'),
  'volume.create.end': volume('created', 'created_at'),
  'volume.resize.end': volume('extended'),
  'volume.transfer.accept.end': volume('transferred'),
  'volume.delete.end': volume('deleted'),
};

/**
 * What a message of the bus says of metered resources (oslo.messaging's envelope 2.0, or without one); undefined when it is
 * about something else, or is nothing that we can read.
 */
export function resourceEvent(body: unknown): ResourceEvent | undefined {
  const notification = opened(body);
  const { event_type: type, payload, timestamp } = notification;
  if (typeof type !== 'string' || !Object.hasOwn(translations, type) || !isObject(payload)) return undefined;
  const at = instantOf(timestamp);
  return at === undefined ? undefined : translations[type]?.(payload, at);
}

function opened(body: unknown): Json {
  const outer = parsed(body);
  return 'oslo.message' in outer ? parsed(outer['oslo.message']) : outer;
}

function parsed(body: unknown): Json {
  if (isObject(body) && !Buffer.isBuffer(body)) return body;
  try {
    const value: unknown = JSON.parse(String(body));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

import { type Static, Type } from 'typebox';
import type { Context } from '../../../../kernel/access/context.ts';
import { badRequest, Fault } from '../../../../kernel/base/errors.ts';
import type { ComputeApi, ServerAttributes } from '../../../compute/index.ts';
import type { ImageLookup } from '../../../image/index.ts';
import type { NetworkApi, PortView } from '../../../network/index.ts';
import type { JsonObject } from '../../domain/document.ts';
import { byIdOrName, findNetwork } from '../neutron/lookup.ts';
import { found } from '../removal.ts';
import { flag, isTrue, present, properties, typed } from '../schema.ts';
import type { ResourceType } from '../type.ts';

const nic = Type.Object(
  {
    network: Type.Optional(Type.String()),
    uuid: Type.Optional(Type.String()),
    port: Type.Optional(Type.String()),
    fixed_ip: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

const serverProperties = properties({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  flavor: Type.String(),
  image: Type.String(),
  key_name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  networks: Type.Optional(Type.Array(nic)),
  security_groups: Type.Optional(Type.Array(Type.String())),
  user_data: Type.Optional(Type.String()),
  user_data_format: Type.Optional(Type.Union([Type.Literal('RAW'), Type.Literal('HEAT_CFNTOOLS')])),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
  config_drive: Type.Optional(flag),
  availability_zone: Type.Optional(Type.String()),
  admin_pass: Type.Optional(Type.String()),
  tags: Type.Optional(Type.Array(Type.String())),
});

export interface ServerServices {
  readonly compute: ComputeApi;
  readonly image: ImageLookup;
  readonly network: NetworkApi;
}

/** `OS::Nova::Server` */
export function server(services: ServerServices): ResourceType {
  const { compute, network } = services;
  return {
    type: 'OS::Nova::Server',
    properties: serverProperties,
    async create({ context, id, name, properties: given }) {
      const attributes = await serverAttributes(services, context, name, typed(serverProperties, given));
      return { physicalId: (await compute.createServer(context, attributes, { id })).id };
    },
    async ready({ context, physicalId }) {
      const { status, fault } = await compute.getServer(context, physicalId);
      if (status === 'ERROR') throw badRequest(`Went to status ERROR due to "${fault?.message ?? 'Unknown'}"`);
      return status === 'ACTIVE';
    },
    async attributes({ context, physicalId }) {
      const { id, name, status } = await compute.getServer(context, physicalId);
      const ports = await network.listPorts(context, { deviceId: physicalId });
      const [first] = ports;
      const show = { id, name, status };
      return {
        ...show,
        show,
        addresses: addresses(ports),
        networks: Object.fromEntries(
          Object.entries(addresses(ports)).map(([net, list]) => [net, list.map(({ addr }) => addr)]),
        ),
        first_address: first?.fixedIps[0]?.ipAddress ?? '',
        accessIPv4: '',
        instance_name: `instance-${id.slice(0, 8)}`,
      } as JsonObject;
    },
    async remove({ context, id }) {
      if ((await found(compute.getServer(context, id))) === undefined) return true;
      await found(compute.deleteServer(context, id));
      return (await found(compute.getServer(context, id))) === undefined;
    },
  };
}

async function serverAttributes(
  { compute, image, network }: ServerServices,
  context: Context,
  name: string,
  wanted: Static<typeof serverProperties>,
): Promise<ServerAttributes> {
  if (wanted.user_data_format === 'HEAT_CFNTOOLS') {
    throw new Fault('notSupported', 'user_data_format HEAT_CFNTOOLS is not supported: use RAW.');
  }
  const { id: imageRef } = await byIdOrName('image', wanted.image, (key) => image.findImages(context, key));
  const { id: flavorRef } = await compute.findFlavor(context, wanted.flavor);
  const networks =
    wanted.networks && (await Promise.all(wanted.networks.map((entry) => requested(network, context, entry))));
  const metadata =
    wanted.metadata && Object.fromEntries(Object.entries(wanted.metadata).map(([key, value]) => [key, String(value)]));
  return {
    name: wanted.name ?? name,
    ...{ flavorRef, imageRef },
    ...present({
      keyName: wanted.key_name,
      networks,
      securityGroups: wanted.security_groups,
      userData: wanted.user_data === undefined ? undefined : Buffer.from(wanted.user_data).toString('base64'),
      metadata,
      configDrive: wanted.config_drive === undefined ? undefined : isTrue(wanted.config_drive),
      availabilityZone: wanted.availability_zone,
      adminPass: wanted.admin_pass,
      tags: wanted.tags,
    }),
  };
}

async function requested(network: NetworkApi, context: Context, entry: Static<typeof nic>) {
  if (entry.port !== undefined) return { port: entry.port };
  const { id: uuid } = await findNetwork(network, context, entry.network ?? entry.uuid ?? '');
  return { uuid, ...present({ fixedIp: entry.fixed_ip }) };
}

/** As Nova shows them: fixed and floating addresses by the network's name. */
function addresses(ports: readonly PortView[]) {
  const byNetwork: Record<
    string,
    { addr: string; version: number; 'OS-EXT-IPS:type': string; 'OS-EXT-IPS-MAC:mac_addr': string; port: string }[]
  > = {};
  for (const { networkName, mac, fixedIps, floatingIps, id: port } of ports) {
    const list = byNetwork[networkName] ?? [];
    const entry = (addr: string, type: string) => ({
      addr,
      version: 4,
      'OS-EXT-IPS:type': type,
      'OS-EXT-IPS-MAC:mac_addr': mac,
      port,
    });
    list.push(
      ...fixedIps.map(({ ipAddress }) => entry(ipAddress, 'fixed')),
      ...floatingIps.map(({ address }) => entry(address, 'floating')),
    );
    byNetwork[networkName] = list;
  }
  return byNetwork;
}

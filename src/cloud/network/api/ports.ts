import { sql } from 'kysely';
import Type from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import type { Route } from '../../../kernel/http/index.ts';
import { invalidInput, portNotFound } from '../domain/faults.ts';
import { dnsAssignment } from '../domain/names.ts';
import type { DhcpOption, PortRecord } from '../domain/records.ts';
import { adminOnly, type Change, type OperationDeps } from '../operations/change.ts';
import { createPort, deletePort, updatePort } from '../operations/ports.ts';
import { type Condition, column } from '../store/query.ts';
import { portSource } from '../store/sources.ts';
import { type Listing, standardFields } from './listing.ts';
import { resourceRoutes } from './resource.ts';
import {
  body,
  boolean,
  description,
  ipVersion,
  name,
  nullable,
  optional,
  owner,
  short,
  toBoolean,
  uuid,
  wantedIps,
} from './schemas.ts';
import { fixedIpsView, ownerOf, standardView, wantedIpsOf } from './views.ts';

const listing: Listing<PortRecord> = {
  source: portSource,
  fields: {
    ...standardFields,
    name: { column: 'name', type: 'text' },
    network_id: { column: 'networkId', type: 'uuid' },
    admin_state_up: { column: 'adminStateUp', type: 'boolean' },
    mac_address: { column: 'mac', type: 'text' },
    status: { column: 'status', type: 'text' },
    dns_name: { column: 'dnsName', type: 'text', nullable: true },
    device_id: { column: 'deviceId', type: 'text' },
    device_owner: { column: 'deviceOwner', type: 'text' },
    port_security_enabled: { column: 'portSecurityEnabled', type: 'boolean' },
    'binding:host_id': { column: 'hostName', type: 'text', nullable: true },
    'binding:vnic_type': { column: 'vnicType', type: 'text' },
  },
  special: {
    fixed_ips: fixedIpsFilter,
    security_groups: (values) => sql`${column('securityGroupIds')} && ${values.filter(isUuid)}::uuid[]`,
  },
};

/** `fixed_ips=ip_address=10.0.0.3&fixed_ips=subnet_id=…`: one address of the port must have all of them. */
function fixedIpsFilter(values: readonly string[]): Condition {
  const pairs = values.map((value) => value.split('='));
  const of = (key: string) => pairs.filter(([name]) => name === key).map(([, value = '']) => value);
  const known = ['ip_address', 'subnet_id', 'ip_address_substr'];
  if (pairs.some(([key = '']) => !known.includes(key))) {
    throw invalidInput(`fixed_ips can be filtered by ${known.map((key) => `${key}=VALUE`).join(', ')}`);
  }
  const [addresses, subnets, parts] = [of('ip_address'), of('subnet_id'), of('ip_address_substr')];
  const conditions = [
    ...(addresses.length === 0 ? [] : [sql`ip->>'ipAddress' = any(${addresses}::text[])`]),
    ...(subnets.length === 0 ? [] : [sql`ip->>'subnetId' = any(${subnets}::text[])`]),
    ...parts.map((part) => sql`position(${part} in ip->>'ipAddress') > 0`),
  ];
  return sql`exists (select from jsonb_array_elements(${column('fixedIps')}) ip where ${sql.join(conditions, sql` and `)})`;
}

const pair = body({ ip_address: Type.String({ maxLength: 64 }), mac_address: optional(nullable(short)) });
const dhcpOption = body({ opt_name: name, opt_value: nullable(name), ip_version: optional(ipVersion) });

const changeable = {
  name: optional(name),
  description: optional(description),
  admin_state_up: optional(boolean),
  mac_address: optional(short),
  fixed_ips: optional(wantedIps),
  device_id: optional(name),
  device_owner: optional(name),
  security_groups: optional(Type.Array(uuid, { maxItems: 100 })),
  port_security_enabled: optional(boolean),
  qos_policy_id: optional(nullable(uuid)),
  dns_name: optional(nullable(name)),
  allowed_address_pairs: optional(nullable(Type.Array(pair, { maxItems: 100 }))),
  extra_dhcp_opts: optional(nullable(Type.Array(dhcpOption, { maxItems: 100 }))),
  'binding:host_id': optional(nullable(name)),
  'binding:vnic_type': optional(Type.Literal('normal')),
  'binding:profile': optional(nullable(Type.Record(Type.String(), Type.Unknown()))),
};

const created = body({ ...changeable, ...owner, network_id: uuid });
const updated = body(changeable);

function changesOf(change: Change, rule: string, sent: Type.Static<typeof updated>) {
  const profile = sent['binding:profile'];
  adminOnly(change, rule, { 'binding:host_id': sent['binding:host_id'], 'binding:profile': profile });
  if (profile && JSON.stringify(profile).includes('\\u0000')) throw invalidInput('binding:profile has a NUL character');
  return {
    name: sent.name,
    description: sent.description,
    adminStateUp: toBoolean(sent.admin_state_up),
    mac: sent.mac_address,
    fixedIps: wantedIpsOf(sent.fixed_ips),
    deviceId: sent.device_id,
    deviceOwner: sent.device_owner,
    securityGroupIds: sent.security_groups,
    portSecurityEnabled: toBoolean(sent.port_security_enabled),
    qosPolicyId: sent.qos_policy_id,
    dnsName: sent.dns_name,
    addressPairs: sent.allowed_address_pairs === undefined ? undefined : pairsOf(sent.allowed_address_pairs ?? []),
    dhcpOptions: sent.extra_dhcp_opts?.map(dhcpOptionOf),
    hostName: sent['binding:host_id'],
    vnicType: sent['binding:vnic_type'],
    bindingProfile: profile ?? undefined,
  };
}

function pairsOf(pairs: readonly Type.Static<typeof pair>[]) {
  return pairs.map(({ ip_address, mac_address }) => ({
    ipAddress: ip_address,
    macAddress: mac_address ?? undefined,
  }));
}

function dhcpOptionOf({ opt_name, opt_value, ip_version }: Type.Static<typeof dhcpOption>): DhcpOption {
  return { name: opt_name, value: opt_value, ipVersion: Number(ip_version) === 6 ? 6 : 4 };
}

function show(port: PortRecord, context: Context) {
  return {
    ...standardView(port),
    name: port.name,
    network_id: port.networkId,
    admin_state_up: port.adminStateUp,
    mac_address: port.mac,
    status: port.status,
    device_id: port.deviceId,
    device_owner: port.deviceOwner,
    fixed_ips: fixedIpsView(port.fixedIps),
    security_groups: port.securityGroupIds,
    port_security_enabled: port.portSecurityEnabled,
    qos_policy_id: port.qosPolicyId,
    dns_name: port.dnsName ?? '',
    dns_assignment: dnsAssignment(port.dnsName, port.dnsDomain, port.fixedIps),
    qos_network_policy_id: port.qosNetworkPolicyId,
    allowed_address_pairs: port.addressPairs.map(({ ipAddress, macAddress }) => ({
      ip_address: ipAddress,
      mac_address: macAddress,
    })),
    extra_dhcp_opts: port.dhcpOptions.map((option) => ({
      opt_name: option.name,
      opt_value: option.value,
      ip_version: option.ipVersion,
    })),
    'binding:vnic_type': port.vnicType,
    ...(context.isAdmin
      ? {
          'binding:host_id': port.hostName ?? '',
          'binding:profile': port.bindingProfile,
          'binding:vif_type': port.hostName === null ? 'unbound' : 'ovs',
          'binding:vif_details': port.hostName === null ? {} : { port_filter: true, connectivity: 'l2' },
        }
      : {}),
  };
}

export function portRoutes(deps: OperationDeps): Route[] {
  return resourceRoutes(deps, {
    singular: 'port',
    plural: 'ports',
    listing,
    missing: portNotFound,
    show,
    created,
    create: (change, sent) =>
      createPort(change, {
        ...changesOf(change, 'create_port', sent),
        projectId: ownerOf(sent),
        networkId: sent.network_id,
      }),
    updated,
    update: (change, id, sent) => updatePort(change, id, changesOf(change, 'update_port', sent)),
    remove: deletePort,
  });
}

import { createHash } from 'node:crypto';
import { badRequest } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';

/** Names of rows, as Neutron's OVN driver gives them, so that its users find their way with `ovn-nbctl`. */

/** An id that is about to become part of a name or a match. */
function checked(id: string): string {
  if (!isUuid(id)) throw badRequest(`${JSON.stringify(id)} is not a UUID.`);
  return id.toLowerCase();
}

/** Of a network's logical switch and of a router. */
export const neutronName = (id: string): string => `neutron-${checked(id)}`;

/** Of a switch port: the port's id. */
export const portName = (id: string): string => checked(id);

/** Of a router's port. */
export const routerPortName = (portId: string): string => `lrp-${checked(portId)}`;

/** Of the port that joins an external network's switch to the physical network. */
export const localnetName = (networkId: string): string => `provnet-${checked(networkId)}`;

/** Of the port behind which a network's guests find the metadata service. */
export const metadataPortName = (networkId: string): string => `ovnmeta-${checked(networkId)}`;

/** The network's id within a name that `metadataPortName` made. */
export const networkOfMetadataPort = (name: string): string | undefined => /^ovnmeta-([0-9a-f-]{36})$/.exec(name)?.[1];

/** Of a security group's port group: also, with `_ip4` and `_ip6` behind, of the address sets of its members. */
export const groupName = (groupId: string): string => `pg_${checked(groupId).replaceAll('-', '_')}`;

/** Of the port group whose members drop what no rule allows. */
export const dropGroupName = 'neutron_pg_drop';

/** The id within a name that `neutronName` made. */
export const idOfNeutronName = (name: string): string | undefined => /^neutron-([0-9a-f-]{36})$/.exec(name)?.[1];

/** The id within a name that `groupName` made. */
export const idOfGroupName = (name: string): string | undefined =>
  /^pg_([0-9a-f_]{36})$/.exec(name)?.[1]?.replaceAll('_', '-');

/** A locally administered MAC address that `seed` always gives. */
export function derivedMac(seed: string): string {
  const digest = createHash('sha256').update(seed).digest('hex');
  return `fa:16:3e:${digest.slice(0, 2)}:${digest.slice(2, 4)}:${digest.slice(4, 6)}`;
}

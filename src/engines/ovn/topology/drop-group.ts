import { first, type Northbound, rowsOf } from '../northbound.ts';
import type { Columns } from '../ovsdb/schema.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { metadataAddress } from './metadata.ts';
import { dropGroupName } from './names.ts';
import { aclKey, ruleIdKey } from './security-group.ts';

/** Below security group rules (1002). */
const dropPriority = 1001;
const allowPriority = 1002;
/** Above them. */
const guardPriority = 1003;

const acls = new Map(
  Object.entries<Columns>({
    'drop from-lport': {
      priority: dropPriority,
      direction: 'from-lport',
      match: `inport == @${dropGroupName} && ip`,
      action: 'drop',
    },
    'drop to-lport': {
      priority: dropPriority,
      direction: 'to-lport',
      match: `outport == @${dropGroupName} && ip`,
      action: 'drop',
    },
    // A guest sends nobody elsewhere and gives nobody an address: these are dropped whatever its rules allow. Router
    // advertisements cannot be: they pass before all rules, as neighbour discovery does (ovn-northd(8)).
    redirect: {
      priority: guardPriority,
      direction: 'from-lport',
      match: `inport == @${dropGroupName} && icmp6.type == 137`,
      action: 'drop',
    },
    'rogue dhcp': {
      priority: guardPriority,
      direction: 'from-lport',
      match: `inport == @${dropGroupName} && ip4 && udp.src == 67 && udp.dst == 68`,
      action: 'drop',
    },
    'rogue dhcpv6': {
      priority: guardPriority,
      direction: 'from-lport',
      match: `inport == @${dropGroupName} && ip6 && udp.src == 547 && udp.dst == 546`,
      action: 'drop',
    },
    // Default drop would drop DHCP too, and no guest can ask for a rule before it has an address.
    'dhcp from-lport': {
      priority: allowPriority,
      direction: 'from-lport',
      match: `inport == @${dropGroupName} && ip4 && udp.src == 68 && udp.dst == 67`,
      action: 'allow',
    },
    'dhcpv6 from-lport': {
      priority: allowPriority,
      direction: 'from-lport',
      match: `inport == @${dropGroupName} && ip6 && udp.src == 546 && udp.dst == 547`,
      action: 'allow',
    },
    // Whatever its rules say: a guest that may send nothing still has to learn whose keys may enter.
    'metadata from-lport': {
      priority: allowPriority,
      direction: 'from-lport',
      match: `inport == @${dropGroupName} && ip4.dst == ${metadataAddress} && tcp.dst == 80`,
      action: 'allow-related',
    },
  }).map(([key, columns]) => [key, { ...columns, external_ids: { [ruleIdKey]: key } }]),
);

/** The port group whose members drop what no rule allows: made when it is missing. Returns its UUID. */
export function ensureDropGroup(nb: Northbound, tx: Transaction): string {
  const existing = first(nb.groups, 'name', dropGroupName);
  if (!existing) tx.expectNone('Port_Group', 'name', dropGroupName);
  const uuids = tx.ensureChildren('ACL', rowsOf(nb.acls, existing?.acls ?? []), aclKey, acls);
  return tx.ensure('Port_Group', existing, { name: dropGroupName, acls: uuids });
}

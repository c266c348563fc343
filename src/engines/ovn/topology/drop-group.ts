import { first, type Northbound, rowsOf } from '../northbound.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { dropGroupName } from './names.ts';
import { aclKey, ruleIdKey } from './security-group.ts';

/** Below security group rules (1002). */
const dropPriority = 1001;
const allowPriority = 1002;

const acls = new Map(
  Object.entries({
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
    // Default drop would drop DHCP too, and no guest can ask for a rule before it has an address.
    'dhcp from-lport': {
      priority: allowPriority,
      direction: 'from-lport',
      match: `inport == @${dropGroupName} && ip4 && udp.src == 68 && udp.dst == 67`,
      action: 'allow',
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

import type { PortIntent, QosRuleIntent } from '../../../cloud/network/ports.ts';
import type { LogicalSwitch, Northbound } from '../northbound.ts';
import type { Columns } from '../ovsdb/schema.ts';
import type { Transaction } from '../ovsdb/transaction.ts';
import { portName } from './names.ts';
import { quoted } from './text.ts';

/** The key by which the rules of one port are told apart. */
const kindKey = 'andromede:key';
const portKey = 'neutron:port_id';
const priority = 2002;

/**
 * Kilobits: guests send up to 64 KiB at once (segmentation is left to the switch), and what does not fit into the bucket
 * whole would never pass, however slowly.
 */
const leastBurst = 600;

/** The port's limits and marks, carried out by the switch's meters: makes those that are wanted, drops the others. */
export function planPortQos(
  nb: Northbound,
  tx: Transaction,
  network: LogicalSwitch,
  port: Pick<PortIntent, 'id' | 'qos'>,
): void {
  const held = nb.qos.find(`external_ids:${portKey}`, port.id);
  const wanted = new Map(port.qos.map((rule) => [keyOf(rule), columnsOf(port.id, rule)]));
  const byKey = new Map(held.map((row) => [row.external_ids[kindKey], row]));
  for (const row of held) {
    if (!wanted.has(row.external_ids[kindKey] ?? '')) {
      tx.mutate('Logical_Switch', network._uuid, 'qos_rules', 'delete', [row._uuid]);
    }
  }
  for (const [key, columns] of wanted) {
    const row = byKey.get(key);
    const uuid = tx.ensure('QoS', row, columns);
    if (!row) tx.mutate('Logical_Switch', network._uuid, 'qos_rules', 'insert', [uuid]);
  }
}

function keyOf({ direction, dscpMark }: QosRuleIntent): string {
  return `${dscpMark === null ? 'limit' : 'mark'} ${direction}`;
}

function columnsOf(portId: string, rule: QosRuleIntent): Columns {
  const egress = rule.direction === 'egress';
  const { maxKbps, maxBurstKbps, dscpMark } = rule;
  return {
    priority,
    direction: egress ? 'from-lport' : 'to-lport',
    match: `${egress ? 'inport' : 'outport'} == ${quoted(portName(portId))}`,
    action: dscpMark === null ? {} : { dscp: dscpMark },
    bandwidth: maxKbps === null ? {} : { rate: maxKbps, burst: burstOf(maxKbps, maxBurstKbps ?? 0) },
    external_ids: { [portKey]: portId, [kindKey]: keyOf(rule) },
  };
}

/** Neutron's default, without which TCP stays far below its limit: four fifths of the rate. */
function burstOf(maxKbps: number, asked: number): number {
  return Math.max(asked > 0 ? asked : Math.round(maxKbps * 0.8), leastBurst);
}

import Type from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { PortForwardingRecord } from '../domain/records.ts';
import { type OperationDeps, perform } from '../operations/change.ts';
import {
  createPortForwarding,
  deletePortForwarding,
  listPortForwardings,
  updatePortForwarding,
  visiblePortForwarding,
} from '../operations/port-forwardings.ts';
import { pick, wantedFields } from './listing.ts';
import { body, description, integer, optional, short, toInteger, uuid } from './schemas.ts';

const protocol = Type.Union([Type.Literal('tcp'), Type.Literal('udp')]);
const updated = body({
  protocol: optional(protocol),
  external_port: optional(integer),
  internal_port: optional(integer),
  internal_port_id: optional(uuid),
  internal_ip_address: optional(short),
  description: optional(description),
});
const created = body({
  protocol,
  external_port: integer,
  internal_port: integer,
  internal_port_id: uuid,
  internal_ip_address: optional(short),
  description: optional(description),
});
const key = 'port_forwarding';

const portOf = (attribute: string, value: number | string | undefined) => toInteger(attribute, value, 1, 65_535);

function changesOf(sent: Type.Static<typeof updated>) {
  return {
    protocol: sent.protocol,
    externalPort: portOf('external_port', sent.external_port),
    internalPort: portOf('internal_port', sent.internal_port),
    internalPortId: sent.internal_port_id,
    internalAddress: sent.internal_ip_address,
    description: sent.description,
  };
}

function show(forwarding: PortForwardingRecord) {
  return {
    id: forwarding.id,
    protocol: forwarding.protocol,
    external_port: forwarding.externalPort,
    internal_port: forwarding.internalPort,
    internal_port_id: forwarding.internalPortId,
    internal_ip_address: forwarding.internalAddress,
    description: forwarding.description,
  };
}

/** Single ports of a floating IP, each leading to a guest of its own. */
export function portForwardingRoutes(deps: OperationDeps): Route[] {
  const path = '/v2.0/floatingips/:floatingip/port_forwardings';
  const operation = (what: string) => `network:port_forwardings:${what}`;
  const read = { tx: deps.store.db };
  return [
    route({
      method: 'GET',
      path,
      operation: operation('list'),
      policy: policies.projectReader,
      async handler({ context, params: { floatingip = '' }, url }) {
        const wanted = wantedFields(new URL(url, 'http://any').searchParams);
        const found = await listPortForwardings({ ...read, context: caller({ context }) }, floatingip);
        return { port_forwardings: found.map((forwarding) => pick(show(forwarding), wanted)) };
      },
    }),
    route({
      method: 'POST',
      path,
      operation: operation('create'),
      policy: policies.projectMember,
      status: 201,
      body: Type.Object({ [key]: created }, { additionalProperties: false }),
      async handler({ context, params: { floatingip = '' }, body: { [key]: sent } }) {
        const wanted = {
          ...changesOf(sent),
          protocol: sent.protocol,
          externalPort: portOf('external_port', sent.external_port) ?? 0,
          internalPort: portOf('internal_port', sent.internal_port) ?? 0,
          internalPortId: sent.internal_port_id,
        };
        const made = await perform(deps, caller({ context }), (c) => createPortForwarding(c, floatingip, wanted));
        return { [key]: show(made) };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:forwarding`,
      operation: operation('show'),
      policy: policies.projectReader,
      async handler({ context, params: { floatingip = '', forwarding = '' } }) {
        const reader = { ...read, context: caller({ context }) };
        return { [key]: show(await visiblePortForwarding(reader, floatingip, forwarding)) };
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:forwarding`,
      operation: operation('update'),
      policy: policies.projectMember,
      body: Type.Object({ [key]: updated }, { additionalProperties: false }),
      async handler({ context, params: { floatingip = '', forwarding = '' }, body: { [key]: sent } }) {
        const changes = changesOf(sent);
        const after = await perform(deps, caller({ context }), (change) =>
          updatePortForwarding(change, floatingip, forwarding, changes),
        );
        return { [key]: show(after) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:forwarding`,
      operation: operation('delete'),
      policy: policies.projectMember,
      status: 204,
      async handler({ context, params: { floatingip = '', forwarding = '' } }) {
        await perform(deps, caller({ context }), (change) => deletePortForwarding(change, floatingip, forwarding));
      },
    }),
  ];
}

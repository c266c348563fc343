import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { derivedId } from '../../../kernel/base/ids.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import type { EngineAgent, NetworkEngine } from '../ports.ts';
import { pick, wantedFields } from './listing.ts';

/** `2026-01-01 00:00:00`, as this part of the API writes time. */
const timeText = (time: Date): string => time.toISOString().slice(0, 19).replace('T', ' ');

function show({ host, alive, seenAt }: EngineAgent) {
  const seen = seenAt === null ? null : timeText(seenAt);
  return {
    id: derivedId('network agent', host),
    agent_type: 'OVN Controller Gateway agent',
    binary: 'ovn-controller',
    host,
    topic: 'n/a',
    alive,
    admin_state_up: true,
    availability_zone: 'nova',
    description: '',
    configurations: {},
    created_at: seen,
    started_at: seen,
    heartbeat_timestamp: seen,
    resources_synced: null,
  };
}

/** The hosts that carry packets, each asked now whether it keeps up. */
export function agentRoutes(engine: NetworkEngine): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v2.0/agents',
      operation: 'network:agents:list',
      // Who is no administrator sees none, rather than an error: that is what Neutron answers.
      policy: policies.projectReader,
      async handler({ context, url }) {
        if (!caller({ context }).isAdmin) return { agents: [] };
        const wanted = wantedFields(new URL(url, 'http://any').searchParams);
        return { agents: (await engine.agents()).map((agent) => pick(show(agent), wanted)) };
      },
    }),
    route({
      method: 'GET',
      path: '/v2.0/agents/:agent',
      operation: 'network:agents:show',
      policy: policies.admin,
      async handler({ params: { agent: id = '' } }) {
        const agent = (await engine.agents()).map(show).find((each) => each.id === id);
        if (agent === undefined) {
          throw new Fault('notFound', `Agent ${id.slice(0, 64)} could not be found`, {
            data: { type: 'AgentNotFound' },
          });
        }
        return { agent };
      },
    }),
  ];
}

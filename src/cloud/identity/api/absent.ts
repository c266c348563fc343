import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { type Method, type Route, route } from '../../../kernel/http/index.ts';
import type { Environment } from '../environment.ts';
import { must } from '../store/queries.ts';
import { listReply } from './replies.ts';
import { ref } from './schemas.ts';

/** What Keystone can keep and this cloud would not follow: it is not taken, and said to be none. */
export function absentRoutes(environment: Environment): Route[] {
  return [...limitRoutes(), ...domainConfigRoutes(environment)];
}

const limitKinds = ['registered_limits', 'limits'] as const;

/** Each service keeps its own quotas; none asks here for unified limits. */
function limitRoutes(): Route[] {
  const refuse = () => {
    throw new Fault('notSupported', 'No service of this cloud follows unified limits: set its quotas instead.');
  };
  return [
    route({
      method: 'GET',
      path: '/v3/limits/model',
      operation: 'identity:limits:model',
      policy: policies.authenticated,
      handler: () => ({
        model: {
          name: 'flat',
          description: 'Limit enforcement and validation does not take project hierarchy into consideration.',
        },
      }),
    }),
    ...limitKinds.flatMap((kind) => [
      route({
        method: 'GET',
        path: `/v3/${kind}`,
        operation: `identity:${kind}:list`,
        policy: policies.authenticated,
        handler: (request) => listReply(request, kind, []),
      }),
      route({
        method: 'POST',
        path: `/v3/${kind}`,
        operation: `identity:${kind}:create`,
        policy: policies.admin,
        handler: refuse,
      }),
    ]),
  ];
}

/** Every domain's people are in this cloud's own directory: no domain has another. */
function domainConfigRoutes({ store }: Environment): Route[] {
  const path = '/v3/domains/:domainId/config';
  const params = Type.Object({ domainId: ref });
  const change = (method: Method) =>
    route({
      method,
      path,
      operation: 'identity:domain-config:change',
      policy: policies.admin,
      params,
      handler: async (request) => {
        await must(store.db, 'domain', request.params.domainId);
        throw new Fault('notSupported', 'Domains have no directory of their own here, hence no configuration.');
      },
    });
  return [
    route({
      method: 'GET',
      path,
      operation: 'identity:domain-config:show',
      policy: policies.admin,
      params,
      handler: async (request) => {
        const { id } = await must(store.db, 'domain', request.params.domainId);
        throw new Fault('notFound', `Could not find domain configuration: ${id}.`);
      },
    }),
    change('PUT'),
    change('PATCH'),
  ];
}

import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { caller, type Route, route } from '../../../kernel/http/index.ts';
import { readsDomain } from '../domain/access.ts';
import type { Environment } from '../environment.ts';
import { createDomain, deleteDomain, listDomains, updateDomain } from '../operations/domains.ts';
import { must, unknown } from '../store/queries.ts';
import type { DomainRow } from '../store/tables.ts';
import { extraOf, flag, listReply, resource } from './replies.ts';
import { bodyLimit, listQuery, name, nullable, options, ref, text } from './schemas.ts';

const attributes = {
  description: Type.Optional(nullable(text(65_535))),
  enabled: Type.Optional(Type.Boolean()),
  options,
};
const known = ['id', 'name', 'links', ...Object.keys(attributes)];
const params = Type.Object({ domainId: ref });

export function domainRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v3/domains',
      operation: 'identity:domains:create',
      policy: policies.admin,
      status: 201,
      bodyLimit,
      body: Type.Object({ domain: Type.Object({ ...attributes, name: name(64) }) }),
      handler: async (request) => {
        const { domain } = request.body;
        const row = await createDomain(environment, {
          name: domain.name,
          description: domain.description ?? '',
          enabled: domain.enabled ?? true,
          extra: extraOf(domain, known),
        });
        return { domain: domainView(request, row) };
      },
    }),
    route({
      method: 'GET',
      path: '/v3/domains',
      operation: 'identity:domains:list',
      policy: policies.directoryReader,
      query: listQuery({ name: Type.Optional(ref), enabled: Type.Optional(ref) }),
      handler: async (request) => {
        const { enabled, ...filter } = request.query;
        const found = await listDomains(environment, { ...filter, ...optionalFlag(enabled) });
        const rows = found.filter(({ id }) => readsDomain(caller(request), id));
        return listReply(
          request,
          'domains',
          rows.map((row) => domainView(request, row)),
        );
      },
    }),
    route({
      method: 'GET',
      path: '/v3/domains/:domainId',
      operation: 'identity:domains:show',
      policy: policies.authenticated,
      params,
      handler: async (request) => {
        const { domainId } = request.params;
        const context = caller(request);
        // Other domains than one's own are as if they were not there.
        const own = [context.userDomainId, context.projectDomainId, context.domainId].includes(domainId);
        if (!own && !readsDomain(context, domainId)) throw unknown('domain', domainId);
        return { domain: domainView(request, await must(environment.store.db, 'domain', domainId)) };
      },
    }),
    route({
      method: 'PATCH',
      path: '/v3/domains/:domainId',
      operation: 'identity:domains:update',
      policy: policies.admin,
      params,
      bodyLimit,
      body: Type.Object({ domain: Type.Object({ ...attributes, name: Type.Optional(name(64)) }) }),
      handler: async (request) => {
        const { domain } = request.body;
        const row = await updateDomain(environment, request.params.domainId, {
          ...(domain.name !== undefined && { name: domain.name }),
          ...(domain.description !== undefined && { description: domain.description ?? '' }),
          ...(domain.enabled !== undefined && { enabled: domain.enabled }),
          extra: extraOf(domain, known),
        });
        return { domain: domainView(request, row) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v3/domains/:domainId',
      operation: 'identity:domains:delete',
      policy: policies.admin,
      params,
      status: 204,
      handler: (request) => deleteDomain(environment, caller(request), request.params.domainId),
    }),
  ];
}

/** `{ enabled }` when the query asks for it. */
export function optionalFlag(value: string | undefined): { enabled?: boolean } {
  const enabled = flag(value);
  return enabled === undefined ? {} : { enabled };
}

/** A domain as the API shows it. */
export function domainView(request: { readonly baseUrl: string }, row: DomainRow) {
  const { id, name, description, enabled, extra } = row;
  return resource(request, 'domains', { id, name, description, enabled, tags: [], options: {} }, extra);
}

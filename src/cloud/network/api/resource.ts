import Type, { type Static, type TObject } from 'typebox';
import type { Context } from '../../../kernel/access/context.ts';
import { type Policy, policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, caller, type Route, route } from '../../../kernel/http/index.ts';
import { invalid } from '../domain/faults.ts';
import { type Change, type OperationDeps, perform } from '../operations/change.ts';
import { findVisible, lockRow } from '../store/query.ts';
import type { Source } from '../store/sources.ts';
import { type Listing, listPage, pick, wantedFields } from './listing.ts';

/** A resource of the API: how it is spelled, shown, listed and changed. */
export interface Resource<R extends { readonly id: string }, C extends TObject, U extends TObject> {
  /** `network`, `networks`: keys of bodies. */
  readonly singular: string;
  readonly plural: string;
  /** `security-groups`, where it is not the plural. */
  readonly path?: string;
  /** Who may create, change and delete; members of the project, unless said. */
  readonly writers?: Policy;
  readonly listing: Listing<R>;
  readonly missing: (id: string) => Fault;
  /** The record as this caller is shown it. */
  show(record: R, context: Context): Readonly<Record<string, unknown>>;
  /** Runs before a list is read, e.g. to make what every project has. */
  prepare?(change: Change): Promise<void>;
  readonly created: C;
  create(change: Change, body: Static<C>): Promise<R>;
  readonly updated?: U;
  update?(change: Change, id: string, body: Static<U>): Promise<R>;
  remove(change: Change, id: string): Promise<void>;
}

/** What of a list can be asked for at once. */
const mostInBulk = 100;

/** The routes of a resource: list, create (one or, all or none, several), show, update, delete. */
export function resourceRoutes<R extends { readonly id: string }, C extends TObject, U extends TObject>(
  deps: OperationDeps,
  resource: Resource<R, C, U>,
): Route[] {
  const { singular, plural, writers = policies.projectMember } = resource;
  const path = `/v2.0/${resource.path ?? plural}`;
  const show = (record: R, request: Pick<ApiRequest<unknown, unknown, unknown>, 'context'>) =>
    resource.show(record, caller(request));
  return [
    route({
      method: 'GET',
      path,
      operation: `network:${plural}:list`,
      policy: policies.projectReader,
      async handler(request) {
        const context = caller(request);
        if (resource.prepare !== undefined) await perform(deps, context, resource.prepare);
        const url = new URL(`${request.baseUrl}${request.url.slice(request.url.indexOf('/v2.0'))}`);
        const { records, links } = await listPage(deps.store.db, resource.listing, context, url);
        const wanted = wantedFields(url.searchParams);
        return {
          [plural]: records.map((record) => pick(show(record, request), wanted)),
          ...(links.length === 0 ? {} : { [`${plural}_links`]: links }),
        };
      },
    }),
    route({
      method: 'POST',
      path,
      operation: `network:${plural}:create`,
      policy: writers,
      status: 201,
      body: creationBody(singular, plural, resource.created),
      async handler(request) {
        const context = caller(request);
        const { [singular]: one, [plural]: many } = request.body as Record<string, Static<C> & Static<C>[]>;
        if ((one === undefined) === (many === undefined)) {
          throw invalid('HTTPBadRequest', `Unable to find '${singular}' in request body`);
        }
        const records = await perform(deps, context, async (change) => {
          const made: R[] = [];
          for (const body of one === undefined ? (many ?? []) : [one]) made.push(await resource.create(change, body));
          return made;
        });
        const views = records.map((record) => show(record, request));
        return one === undefined ? { [plural]: views } : { [singular]: views[0] };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:id`,
      operation: `network:${plural}:show`,
      policy: policies.projectReader,
      async handler(request) {
        const id = request.params.id ?? '';
        const record = await findVisible(deps.store.db, resource.listing.source, caller(request), id);
        if (record === undefined) throw resource.missing(id);
        return {
          [singular]: pick(show(record, request), wantedFields(new URL(request.url, 'http://any').searchParams)),
        };
      },
    }),
    ...(resource.update === undefined || resource.updated === undefined
      ? []
      : [updateRoute(deps, path, resource, resource.updated, resource.update)]),
    route({
      method: 'DELETE',
      path: `${path}/:id`,
      operation: `network:${plural}:delete`,
      policy: writers,
      status: 204,
      async handler(request) {
        const id = request.params.id ?? '';
        await perform(deps, caller(request), async (change) => {
          await refuseOtherRevision(change, resource.listing.source, id, request.headers['if-match']);
          await resource.remove(change, id);
        });
      },
    }),
  ];
}

function creationBody(singular: string, plural: string, attributes: TObject) {
  return Type.Object(
    {
      [singular]: Type.Optional(attributes),
      [plural]: Type.Optional(Type.Array(attributes, { minItems: 1, maxItems: mostInBulk })),
    },
    { additionalProperties: false },
  );
}

function updateRoute<R extends { readonly id: string }, C extends TObject, U extends TObject>(
  deps: OperationDeps,
  path: string,
  { singular, plural, show, listing, writers = policies.projectMember }: Resource<R, C, U>,
  updated: U,
  update: (change: Change, id: string, body: Static<U>) => Promise<R>,
): Route {
  return route({
    method: 'PUT',
    path: `${path}/:id`,
    operation: `network:${plural}:update`,
    policy: writers,
    body: Type.Object({ [singular]: updated }, { additionalProperties: false }),
    async handler(request) {
      const context = caller(request);
      const body = (request.body as Record<string, Static<U>>)[singular] as Static<U>;
      const id = request.params.id ?? '';
      const record = await perform(deps, context, async (change) => {
        await refuseOtherRevision(change, listing.source, id, request.headers['if-match']);
        return update(change, id, body);
      });
      return { [singular]: show(record, context) };
    },
  });
}

/** The extension `revision-if-match`: `If-Match: revision_number=3` is for that revision only. */
async function refuseOtherRevision<R>(
  { tx, context }: Change,
  source: Source<R>,
  id: string,
  header: string | string[] | undefined,
): Promise<void> {
  if (header === undefined) return;
  const wanted = /^revision_number=(\d{1,9})$/.exec(String(header))?.[1];
  if (wanted === undefined) throw invalid('HTTPBadRequest', `Invalid If-Match: expected revision_number=NUMBER`);
  await lockRow(tx, source, id, 'update');
  const record: R | undefined = await findVisible(tx, source, context, id);
  const revision = (record as { readonly revision?: number } | undefined)?.revision;
  if (record === undefined || revision === Number(wanted)) return;
  throw new Fault('preconditionFailed', `Constrained to ${wanted}, but current revision is ${revision}`, {
    data: { type: 'RevisionNumberConstraintFailed' },
  });
}

import type { Context } from '../../../kernel/access/context.ts';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { caller, type MicroversionRange, Reply, type Route, route } from '../../../kernel/http/index.ts';
import { closed, metadata } from './schemas.ts';
import { param } from './scoped.ts';

type Specs = Readonly<Record<string, string>>;

/** A kind of type whose specs an administrator reads and writes. */
export interface SpecOwner {
  /** `types` */
  readonly collection: string;
  /** What they are called, in paths and bodies: `extra_specs`. */
  readonly key: string;
  /** For operations: `type-extra-specs`. */
  readonly resource: string;
  /** For people: `Volume Type`. */
  readonly kind: string;
  /** What a creation answers. */
  readonly created: 200 | 202;
  readonly versions?: Partial<MicroversionRange>;
  read(context: Context, id: string): Promise<Specs>;
  /** Reads and writes in one transaction. */
  change(context: Context, id: string, next: (specs: Specs) => Specs): Promise<void>;
}

/** The specs of a type, whole and key by key. */
export function specRoutes(owner: SpecOwner): Route[] {
  const path = `/${owner.collection}/:id/${owner.key}`;
  const common = (what: string) => ({
    operation: `volume:${owner.resource}:${what}`,
    policy: policies.admin,
    versions: owner.versions ?? {},
  });
  const id = (request: { readonly params: unknown }) => param(request, 'id');
  const key = (request: { readonly params: unknown }) => param(request, 'key');
  const specOf = (specs: Specs, name: string): string => {
    const value = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (value === undefined) {
      throw new Fault('notFound', `${owner.kind} has no extra spec with key ${name.slice(0, 64)}.`);
    }
    return value;
  };
  return [
    route({
      method: 'GET',
      path,
      ...common('list'),
      handler: async (request) => ({ [owner.key]: await owner.read(caller(request), id(request)) }),
    }),
    route({
      method: 'POST',
      path,
      ...common('create'),
      status: owner.created,
      body: closed({ [owner.key]: metadata }),
      async handler(request) {
        const added = request.body[owner.key] ?? {};
        await owner.change(caller(request), id(request), (specs) => ({ ...specs, ...added }));
        return { [owner.key]: added };
      },
    }),
    route({
      method: 'GET',
      path: `${path}/:key`,
      ...common('get'),
      async handler(request) {
        return { [key(request)]: specOf(await owner.read(caller(request), id(request)), key(request)) };
      },
    }),
    route({
      method: 'PUT',
      path: `${path}/:key`,
      ...common('update'),
      body: metadata,
      async handler(request) {
        const value = request.body[key(request)];
        if (value === undefined || Object.keys(request.body).length > 1) {
          throw badRequest(
            'Request body and URI mismatch: the body must have the key that the URL names, and no other.',
          );
        }
        await owner.change(caller(request), id(request), (specs) => ({ ...specs, [key(request)]: value }));
        return { [key(request)]: value };
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/:key`,
      ...common('delete'),
      status: 202,
      async handler(request) {
        await owner.change(caller(request), id(request), (specs) => {
          specOf(specs, key(request));
          return Object.fromEntries(Object.entries(specs).filter(([name]) => name !== key(request)));
        });
        return new Reply({});
      },
    }),
  ];
}

import Type, { type TSchema } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest, Fault } from '../../../kernel/base/errors.ts';
import { type ApiRequest, atLeast, caller, Reply, type Route, route, validator } from '../../../kernel/http/index.ts';
import { param } from './scoped.ts';

type Request = ApiRequest<unknown, unknown, unknown>;

/** One of the things that `POST …/action` does. */
export interface Action {
  /** What the body's one key is: `os-extend`. */
  readonly name: string;
  readonly schema?: TSchema;
  /** Only an administrator may. */
  readonly admin?: boolean;
  /** Known from that microversion on. */
  readonly since?: string;
  /** 202 unless said. */
  readonly status?: number;
  run(request: Request, id: string, args: unknown): Promise<unknown>;
}

/** An `Action` whose arguments have the type of its schema. */
export function action<S extends TSchema>(
  definition: Omit<Action, 'run' | 'schema'> & {
    readonly schema: S;
    run(request: Request, id: string, args: Type.Static<S>): Promise<unknown>;
  },
): Action {
  return definition as unknown as Action;
}

/** `POST /COLLECTION/ID/action`: the body's one key says what is to be done. */
export function actionRoute(collection: string, actions: readonly Action[]): Route {
  const known = new Map(
    actions.map((entry) => [entry.name, { entry, check: validator('body', entry.schema ?? Type.Unknown()) }]),
  );
  return route({
    method: 'POST',
    path: `/${collection}/:id/action`,
    operation: `volume:${collection}:action`,
    policy: policies.projectMember,
    body: Type.Record(Type.String(), Type.Unknown()),
    actions: Object.fromEntries(actions.map(({ name, schema }) => [name, schema ?? Type.Unknown()])),
    async handler(request) {
      const [name, ...more] = Object.keys(request.body);
      const found = name === undefined ? undefined : known.get(name);
      const unknown = found === undefined || more.length > 0 || !atLeast(request.version, found.entry.since ?? '3.0');
      if (name === undefined || unknown) throw badRequest(`There is no such action: ${String(name).slice(0, 64)}.`);
      const { entry, check } = found;
      if (entry.admin === true && !caller(request).isAdmin) {
        throw new Fault(
          'forbidden',
          `Policy doesn't allow volume_extension:${collection}_admin_actions to be performed.`,
        );
      }
      check(request.body[name]);
      const body = await entry.run(request, param(request, 'id'), request.body[name]);
      return new Reply({ status: entry.status ?? 202, body });
    },
  });
}

/** An action that this cloud does not have: 501 and why. */
export function unsupported(name: string, why: string): Action {
  return {
    name,
    admin: true,
    async run() {
      throw new Fault('notSupported', why);
    },
  };
}

import Type, { type TSchema } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import {
  caller,
  compareVersions,
  Reply,
  type Route,
  route,
  type Validator,
  type Version,
  validator,
  version,
} from '../../../kernel/http/index.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import type { Hypervisor } from '../ports.ts';
import { type ActionHandler, type ActionHandlers, admit } from './actions/action.ts';
import { adminActions } from './actions/admin.ts';
import { diskActions } from './actions/disk.ts';
import { lockActions } from './actions/lock.ts';
import { networkActions } from './actions/network.ts';
import { powerActions } from './actions/power.ts';
import { resizeActions } from './actions/resize.ts';
import { consoleActions } from './consoles.ts';
import { exact } from './schemas.ts';

/** All that share `POST /servers/ID/action`. */
export function actionRoutes(settings: ComputeSettings, hypervisor: Hypervisor): Route[] {
  const handlers: ActionHandlers = {
    ...powerActions(settings, hypervisor),
    ...lockActions(settings),
    ...resizeActions(settings),
    ...diskActions(settings),
    ...networkActions(settings),
    ...adminActions(settings),
    ...consoleActions(settings),
  };
  return [
    route({
      method: 'POST',
      path: '/v2.1/servers/:serverId/action',
      operation: 'compute:servers:action',
      policy: policies.projectMember,
      status: 202,
      body: Type.Record(Type.String(), Type.Unknown(), { minProperties: 1, maxProperties: 1 }),
      actions: Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, newestOf(handler.schemas)])),
      async handler(request) {
        const [name = ''] = Object.keys(request.body);
        const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
        if (handler === undefined) throw badRequest(`There is no such action: ${name.slice(0, 64)}`);
        const asked = {
          context: caller(request),
          id: request.params.serverId ?? '',
          argument: request.body[name],
          version: request.version,
          baseUrl: request.baseUrl,
        };
        admit(name, handler, asked);
        checkOf(name, handler, request.version)?.(request.body);
        return (await handler.run(asked)) ?? new Reply({});
      },
    }),
  ];
}

const checks = new Map<string, Validator>();

/** Checks the whole body of an action; each schema is compiled once. */
function checkOf(name: string, { schemas }: ActionHandler, asked: Version): Validator | undefined {
  if (schemas === undefined) return undefined;
  const since = Object.keys(schemas).filter((first) => compareVersions(asked, version(first)) >= 0);
  const latest = since.sort((a, b) => compareVersions(version(a), version(b))).at(-1);
  const schema = latest === undefined ? undefined : schemas[latest];
  if (latest === undefined || schema === undefined) throw badRequest(`${name} is not available in this version.`);
  const key = `${name}@${latest}`;
  const known = checks.get(key);
  if (known !== undefined) return known;
  const made = validator('body', exact({ [name]: schema }));
  checks.set(key, made);
  return made;
}

/** What the newest version wants under the action's name, for the contract. */
function newestOf(schemas: ActionHandler['schemas'] = {}): TSchema {
  return Object.values(schemas).at(-1) ?? Type.Unknown();
}

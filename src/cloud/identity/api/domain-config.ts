import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { Reply, type Route, route } from '../../../kernel/http/index.ts';
import { type DomainConfig, defaultConfig } from '../domain/domain-config.ts';
import type { Environment } from '../environment.ts';
import {
  type ConfigPart,
  deleteDomainConfig,
  domainConfig,
  refuseUnknown,
  replaceDomainConfig,
  updateDomainConfig,
} from '../operations/domain-config.ts';
import { bodyLimit, ref, text } from './schemas.ts';

const value = Type.Union([text(65_535), Type.Number(), Type.Boolean(), Type.Null()]);
const options = Type.Record(text(255), value);
const wholeBody = Type.Object({ config: Type.Record(text(255), options) });

const policy = policies.admin;
const whole = '/v3/domains/:domainId/config';
const ofGroup = `${whole}/:group`;
const ofOption = `${ofGroup}/:option`;
const wholeParams = Type.Object({ domainId: ref });
const groupParams = Type.Object({ domainId: ref, group: ref });
const optionParams = Type.Object({ domainId: ref, group: ref, option: ref });

/**
 * What a domain says of a directory of its own, and what holds for those that say nothing: kept and shown as by a Keystone without
 * `domain_specific_drivers_enabled`; everybody's directory is this cloud's.
 */
export function domainConfigRoutes(environment: Environment): Route[] {
  return [...defaultRoutes(), ...wholeRoutes(environment), ...partRoutes(environment)];
}

function defaultRoutes(): Route[] {
  const show = (path: string, params: Type.TObject) =>
    route({
      method: 'GET',
      path,
      operation: 'identity:domain_config:defaults',
      policy,
      params,
      handler: (request) => {
        const part: Pick<ConfigPart, 'group' | 'option'> = request.params;
        refuseUnknown(part);
        return { config: partOf(defaultConfig, part) };
      },
    });
  return [
    show('/v3/domains/config/default', Type.Object({})),
    show('/v3/domains/config/:group/default', Type.Object({ group: ref })),
    show('/v3/domains/config/:group/:option/default', Type.Object({ group: ref, option: ref })),
  ];
}

function wholeRoutes(environment: Environment): Route[] {
  return [
    showRoute(environment, whole, wholeParams),
    route({
      method: 'PUT',
      path: whole,
      operation: 'identity:domain_config:replace',
      policy,
      params: wholeParams,
      bodyLimit,
      body: wholeBody,
      handler: async (request) => {
        const { config, isNew } = await replaceDomainConfig(environment, request.params.domainId, request.body.config);
        return new Reply({ status: isNew ? 201 : 200, body: { config } });
      },
    }),
    route({
      method: 'PATCH',
      path: whole,
      operation: 'identity:domain_config:update',
      policy,
      params: wholeParams,
      bodyLimit,
      body: wholeBody,
      handler: async (request) => ({
        config: await updateDomainConfig(environment, request.params, request.body.config),
      }),
    }),
    deleteRoute(environment, whole, wholeParams),
  ];
}

function partRoutes(environment: Environment): Route[] {
  return [
    showRoute(environment, ofGroup, groupParams),
    route({
      method: 'PATCH',
      path: ofGroup,
      operation: 'identity:domain_config:update_group',
      policy,
      params: groupParams,
      bodyLimit,
      body: wholeBody,
      handler: async (request) => ({
        config: await updateDomainConfig(environment, request.params, request.body.config),
      }),
    }),
    deleteRoute(environment, ofGroup, groupParams),
    showRoute(environment, ofOption, optionParams),
    route({
      method: 'PATCH',
      path: ofOption,
      operation: 'identity:domain_config:update_option',
      policy,
      params: optionParams,
      bodyLimit,
      body: Type.Object({ config: options }),
      handler: async (request) => {
        const { params, body } = request;
        return { config: await updateDomainConfig(environment, params, { [params.group]: body.config }) };
      },
    }),
    deleteRoute(environment, ofOption, optionParams),
  ];
}

type PartParams = typeof wholeParams | typeof groupParams | typeof optionParams;

function showRoute(environment: Environment, path: string, params: PartParams): Route {
  return route({
    method: 'GET',
    path,
    operation: 'identity:domain_config:show',
    policy,
    params,
    handler: async (request) => {
      const part: ConfigPart = request.params;
      return { config: partOf(await domainConfig(environment, part), part) };
    },
  });
}

function deleteRoute(environment: Environment, path: string, params: PartParams): Route {
  return route({
    method: 'DELETE',
    path,
    operation: 'identity:domain_config:delete',
    policy,
    params,
    status: 204,
    handler: (request) => deleteDomainConfig(environment, request.params),
  });
}

/** As the API shows it: `{ GROUP: { OPTION: … } }`, and of one option `{ OPTION: … }`. */
function partOf(config: DomainConfig, { group, option }: Pick<ConfigPart, 'group' | 'option'>): object {
  if (group === undefined) return config;
  const said = config[group] ?? {};
  return option === undefined ? { [group]: said } : { [option]: said[option] ?? null };
}

import { Fault } from '../../../kernel/base/errors.ts';
import { type Connection, sql, type Tx } from '../../../kernel/store/index.ts';
import { type ConfigValue, type DomainConfig, isKnown, isSecret } from '../domain/domain-config.ts';
import type { Environment } from '../environment.ts';
import { identityTables, must } from '../store/queries.ts';

/** Which part of a domain's configuration is meant: all of it, a group, or one option of a group. */
export interface ConfigPart {
  readonly domainId: string;
  readonly group?: string;
  readonly option?: string;
}

/** What the domain says of that part, without secrets; 404 when that is nothing. */
export async function domainConfig({ store }: Environment, part: ConfigPart): Promise<DomainConfig> {
  await must(store.db, 'domain', part.domainId);
  refuseUnknown(part);
  const shown = (await rowsOf(store.db, part)).filter((row) => !isSecret(row.group_name, row.option_name));
  if (shown.length === 0) throw noneOf(part);
  return configOf(shown);
}

/** Has the domain say this and nothing else. Answers it, and whether anything was said before. */
export async function replaceDomainConfig(
  environment: Environment,
  domainId: string,
  config: DomainConfig,
): Promise<{ readonly config: DomainConfig; readonly isNew: boolean }> {
  refuseInvalid(config);
  const isNew = await environment.store.transact(async (tx) => {
    await must(tx, 'domain', domainId, 'lock');
    const before = await drop(tx, { domainId });
    await write(environment, tx, domainId, config);
    return before === 0;
  });
  return { config: await shownOf(environment, domainId), isNew };
}

/** Adds to what the domain says, or changes it; of a part, only what is there already. Answers all that it says then. */
export async function updateDomainConfig(
  environment: Environment,
  part: ConfigPart,
  config: DomainConfig,
): Promise<DomainConfig> {
  refuseUnknown(part);
  refuseInvalid(config);
  refuseOthers(part, config);
  await environment.store.transact(async (tx) => {
    await must(tx, 'domain', part.domainId, 'lock');
    if ((await rowsOf(tx, part)).length === 0) throw noneOf(part);
    await write(environment, tx, part.domainId, config);
  });
  return shownOf(environment, part.domainId);
}

/** The domain says nothing of that part any more; 404 when it did not before. */
export async function deleteDomainConfig({ store }: Environment, part: ConfigPart): Promise<void> {
  refuseUnknown(part);
  await store.transact(async (tx) => {
    await must(tx, 'domain', part.domainId, 'lock');
    if ((await drop(tx, part)) === 0) throw noneOf(part);
  });
}

function invalid(reason: string): Fault {
  return new Fault('forbidden', `Invalid domain specific configuration: ${reason}.`);
}

/** 403 for groups and options that there are none of, as Keystone answers. */
export function refuseUnknown({ group, option }: Pick<ConfigPart, 'group' | 'option'>): void {
  if (group !== undefined && !isKnown(group)) throw invalid(`Group ${group} is not supported`);
  if (group !== undefined && option !== undefined && !isKnown(group, option)) {
    throw invalid(`Option ${option} in group ${group} is not supported`);
  }
}

function refuseInvalid(config: DomainConfig): void {
  if (Object.keys(config).length === 0) throw invalid('No options specified');
  for (const [group, options] of Object.entries(config)) {
    refuseUnknown({ group });
    if (Object.keys(options).length === 0) throw invalid(`No options specified for group ${group}`);
    for (const option of Object.keys(options)) refuseUnknown({ group, option });
  }
}

/** A change of a part says nothing of others. */
function refuseOthers({ group, option }: ConfigPart, config: DomainConfig): void {
  if (group === undefined) return;
  const { [group]: options, ...others } = config;
  const said = Object.keys(options ?? {});
  const fits = options !== undefined && (option === undefined || (said.length === 1 && said[0] === option));
  if (!fits || Object.keys(others).length > 0) {
    throw invalid(`The body must be about ${[group, option].filter(Boolean).join('/')}, and nothing else`);
  }
}

function noneOf({ domainId, group, option }: ConfigPart): Fault {
  const what =
    group === undefined
      ? 'any options'
      : option === undefined
        ? `group ${group}`
        : `option ${option} in group ${group}`;
  return new Fault('notFound', `Could not find ${what} in domain configuration for domain ${domainId}.`);
}

async function rowsOf(connection: Connection, { domainId, group, option }: ConfigPart) {
  let query = identityTables(connection).selectFrom('identity.domain_config').selectAll();
  if (group !== undefined) query = query.where('group_name', '=', group);
  if (option !== undefined) query = query.where('option_name', '=', option);
  return query.where('domain_id', '=', domainId).orderBy('group_name').orderBy('option_name').execute();
}

async function shownOf({ store }: Environment, domainId: string): Promise<DomainConfig> {
  const rows = await rowsOf(store.db, { domainId });
  return configOf(rows.filter((row) => !isSecret(row.group_name, row.option_name)));
}

function configOf(rows: Awaited<ReturnType<typeof rowsOf>>): DomainConfig {
  const byGroup = Map.groupBy(rows, ({ group_name }) => group_name);
  return Object.fromEntries(
    [...byGroup].map(([group, options]) => [
      group,
      Object.fromEntries(options.map(({ option_name, value }) => [option_name, value])),
    ]),
  );
}

async function drop(tx: Tx, { domainId, group, option }: ConfigPart): Promise<number> {
  let query = identityTables(tx).deleteFrom('identity.domain_config').where('domain_id', '=', domainId);
  if (group !== undefined) query = query.where('group_name', '=', group);
  if (option !== undefined) query = query.where('option_name', '=', option);
  return Number((await query.executeTakeFirst()).numDeletedRows);
}

async function write({ sealer }: Environment, tx: Tx, domainId: string, config: DomainConfig): Promise<void> {
  const rows = Object.entries(config).flatMap(([group, options]) =>
    Object.entries(options).map(([option, value]) => {
      const kept = isSecret(group, option)
        ? sealer.seal(JSON.stringify(value), `${domainId}/${group}/${option}`)
        : value;
      const json = sql<ConfigValue>`${JSON.stringify(kept)}::json`;
      return { domain_id: domainId, group_name: group, option_name: option, value: json };
    }),
  );
  await identityTables(tx)
    .insertInto('identity.domain_config')
    .values(rows)
    .onConflict((on) =>
      on.columns(['domain_id', 'group_name', 'option_name']).doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute();
}

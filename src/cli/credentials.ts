import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { parse as parseYaml } from 'yaml';
import { accessFromEnvironment, type CloudAccess, variablesOfCloud } from '../client/index.ts';
import { defineCatalogue, type Language } from '../kernel/base/i18n.ts';
import { usageFailure } from './failures.ts';

const texts = defineCatalogue({
  fr: {
    nobody:
      'qui êtes-vous ? Dites --cloud NOM (une entrée de clouds.yaml : admin, demo…), ou chargez un openrc : . /var/lib/andromede/openrc',
    noFile: (name: string) =>
      `aucun clouds.yaml pour --cloud ${name} : dites --data DIR (le dossier du nuage) ou OS_CLIENT_CONFIG_FILE=CHEMIN`,
    noCloud: (name: string, path: string, known: readonly string[]) =>
      `${path} ne connaît pas « ${name} » ; il connaît : ${known.join(', ')}`,
  },
  en: {
    nobody:
      'who are you? Say --cloud NAME (an entry of clouds.yaml: admin, demo…), or source an openrc: . /var/lib/andromede/openrc',
    noFile: (name: string) =>
      `no clouds.yaml for --cloud ${name}: say --data DIR (the cloud’s folder) or OS_CLIENT_CONFIG_FILE=PATH`,
    noCloud: (name: string, path: string, known: readonly string[]) =>
      `${path} does not know “${name}”; it knows: ${known.join(', ')}`,
  },
});

type Variables = Readonly<Record<string, string | undefined>>;

export interface CredentialsQuery {
  /** `--cloud` */
  readonly cloud: string | undefined;
  /** `--data`: the folder of a cloud on this machine. */
  readonly dataDir: string | undefined;
  readonly environment: Variables;
  readonly language: Language;
}

/**
 * The `OS_*` variables that hold, found as OpenStack's clients find them: `--cloud` (or `OS_CLOUD`) names an entry of a
 * `clouds.yaml`, otherwise the environment's. Rejects with what to do when there are none.
 */
export function findVariables({ cloud, dataDir, environment, language }: CredentialsQuery): Variables {
  const t = texts(language);
  const name = cloud ?? (environment.OS_CLOUD || undefined);
  if (name === undefined) {
    if (environment.OS_AUTH_URL) return environment;
    throw usageFailure(t.nobody);
  }
  const path = cloudsFiles(dataDir, environment).find((candidate) => existsSync(candidate));
  if (path === undefined) throw usageFailure(t.noFile(name));
  const file = parseYaml(readFileSync(path, 'utf8'), { schema: 'core' }) as { clouds?: object } | null;
  const known = Object.keys(file?.clouds ?? {});
  if (!known.includes(name)) throw usageFailure(t.noCloud(name, path, known));
  return variablesOfCloud(file, name);
}

/** Where to sign in, and how. */
export function accessOf(variables: Variables): CloudAccess {
  try {
    const access = accessFromEnvironment(variables);
    if (access !== undefined) return access;
  } catch (error) {
    throw usageFailure(error instanceof Error ? error.message : String(error));
  }
  throw usageFailure('OS_AUTH_URL ?');
}

/** Where a `clouds.yaml` may be, the nearest first (openstacksdk's order, then this machine's own cloud). */
function cloudsFiles(dataDir: string | undefined, environment: Variables): string[] {
  if (dataDir !== undefined) return [`${dataDir}/clouds.yaml`];
  if (environment.OS_CLIENT_CONFIG_FILE) return [environment.OS_CLIENT_CONFIG_FILE];
  const ours = environment.ANDROMEDE_DATA || '/var/lib/andromede';
  const users = ['clouds.yaml', `${homedir()}/.config/openstack/clouds.yaml`, '/etc/openstack/clouds.yaml'];
  return [...users, `${ours}/clouds.yaml`];
}

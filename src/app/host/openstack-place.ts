import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { accessFromEnvironment, variablesOfCloud } from '../../client/index.ts';
import type { Config } from '../config.ts';
import { ConfigError } from '../config-error.ts';
import type { OpenStackPlace } from '../market/settings.ts';

/** What Nova's, Neutron's and Cinder's operators configure by default. */
const defaultQueue = 'notifications.info';
const defaultPollSeconds = 300;

/** The OpenStack that the settings name, as its `clouds.yaml` describes it; throws `ConfigError` that says what is missing. */
export function openStackPlace(setting: NonNullable<Config['openstack']>): OpenStackPlace {
  const { cloudsFile, cloud, notificationsUrl, notificationsQueue, pollSeconds } = setting;
  const variables = variablesIn(cloudsFile, cloud);
  const access = accessFromEnvironment(variables);
  if (access?.credentials.kind !== 'password') {
    throw new ConfigError(
      `${cloudsFile}: ${cloud} must sign in with a password: the market gives its account a role in the projects of those ` +
        'who order, and acts there with it',
    );
  }
  const { credentials } = access;
  const authority = variables.OS_CACERT;
  return {
    access: { ...access, credentials },
    ...(authority !== undefined && { ca: readFileSync(authority, 'utf8') }),
    usage: {
      ...(notificationsUrl !== undefined && { notificationsUrl }),
      notificationsQueue: notificationsQueue ?? defaultQueue,
      pollSeconds: pollSeconds ?? defaultPollSeconds,
    },
  };
}

function variablesIn(path: string, cloud: string): Readonly<Record<string, string | undefined>> {
  try {
    return variablesOfCloud(parseYaml(readFileSync(path, 'utf8'), { schema: 'core' }), cloud);
  } catch (error) {
    throw new ConfigError(
      `openstack in config.yaml: ${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

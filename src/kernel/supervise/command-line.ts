import type { ProcessSpec } from './process.ts';

/**
 * The argument vector that runs `spec` confined as it asks. Each layer executes the next one in place, so the pid that
 * was spawned is the pid of the daemon: network namespace, then private mounts, then the loss of privileges.
 */
export function commandLine(spec: ProcessSpec): string[] {
  return [...inNamespace(spec), ...withBinds(spec), ...asUser(spec), spec.command, ...spec.args];
}

function inNamespace({ netns }: ProcessSpec): string[] {
  return netns === undefined ? [] : ['ip', 'netns', 'exec', netns];
}

function withBinds({ binds }: ProcessSpec): string[] {
  if (binds === undefined || binds.length === 0) return [];
  // Arguments: number of pairs, then source and target of each, then the command.
  const script =
    'n=$1; shift; while [ "$n" -gt 0 ]; do mount --bind -- "$1" "$2" || exit 126; shift 2; n=$((n-1)); done; exec "$@"';
  return [
    ...['unshare', '--mount', '--propagation', 'slave', '/bin/sh', '-c', script, 'binds', String(binds.length)],
    ...binds.flatMap(({ source, target }) => [source, target]),
  ];
}

function asUser({ user, capabilities = [] }: ProcessSpec): string[] {
  if (user === undefined) return [];
  const kept = capabilities.map((name) => `+${name}`).join(',');
  return [
    ...['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--no-new-privs'],
    ...(kept === ''
      ? ['--inh-caps=-all', '--bounding-set=-all']
      : [`--inh-caps=-all,${kept}`, `--ambient-caps=${kept}`]),
    '--',
  ];
}

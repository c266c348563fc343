import type { Language } from '../../kernel/base/i18n.ts';
import { configSchema, environmentName, flagName, isScalar, type Setting, schemaOf } from '../config.ts';
import type { HostCommand } from './command-options.ts';

const summaries: Record<Language, Record<HostCommand, string>> = {
  en: {
    up: 'Raises the cloud kept in DIR and stays in the foreground; Ctrl-C takes it down. Repeat it at will.',
    down: 'Stops servers (by ACPI), the API, networks and PostgreSQL, and leaves the machine as it was.',
    restart: 'Replaces the API and the host process, for instance by a new version; servers keep running.',
    status: 'Shows what runs. Exit code: 0 when all is well, 1 when something is not ready, 3 when nothing runs.',
    exec: 'Runs a command inside the network namespace of the cloud: bin/andromede exec -- ping 10.0.0.5',
  },
  fr: {
    up: 'Démarre le nuage gardé dans DIR et reste au premier plan ; Ctrl-C l’arrête. Peut être répété.',
    down: 'Arrête les serveurs (par ACPI), l’API, les réseaux et PostgreSQL, et rend la machine comme avant.',
    restart: 'Remplace l’API et le processus hôte, par exemple par une nouvelle version ; les serveurs continuent.',
    status:
      'Montre ce qui tourne. Code de retour : 0 si tout va bien, 1 si une partie n’est pas prête, 3 si rien ne tourne.',
    exec: 'Lance une commande dans l’espace de noms réseau du nuage : bin/andromede exec -- ping 10.0.0.5',
  },
};

/** The text of `bin/andromede COMMAND --help`. */
export function help(command: HostCommand, language: Language): string {
  const lines = [
    `bin/andromede ${command} [--data DIR]${command === 'exec' ? ' -- COMMAND…' : ' [options]'}`,
    '',
    summaries[language][command],
    '',
    `  ${'--data DIR'.padEnd(24)} /var/lib/andromede  (ANDROMEDE_DATA)`,
  ];
  if (command === 'status') lines.push(`  ${'--output table|json'.padEnd(24)} table`);
  if (command === 'up') lines.push(`  ${'--detach'.padEnd(24)} returns when the cloud answers`);
  if (command === 'up' || command === 'restart') lines.push(...settingLines());
  return lines.join('\n');
}

function settingLines(): string[] {
  return (Object.keys(configSchema.properties) as Setting[]).filter(isScalar).map((setting) => {
    const { description, default: preset } = schemaOf(setting);
    const value = preset === undefined ? '' : ` [${preset}]`;
    return `  ${`--${flagName(setting)}`.padEnd(24)} ${description}${value}  (${environmentName(setting)})`;
  });
}

import { type Language, languages } from '../kernel/base/i18n.ts';
import { usageFailure } from './failures.ts';

/** `--lang` over `LC_ALL`, `LC_MESSAGES` and `LANG` (POSIX); English when they name no language of ours. */
export function languageOf(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Language {
  const wanted = flagValue(args, '--lang');
  if (wanted !== undefined) {
    const known = languages.find((language) => language === wanted);
    if (known === undefined) throw usageFailure(`--lang ${wanted}: ${languages.join(' | ')}`);
    return known;
  }
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || 'en';
  return languages.find((language) => locale.toLowerCase().startsWith(language)) ?? 'en';
}

/** The language decides in which words the options are explained, so this one is read before all others. */
function flagValue(args: readonly string[], flag: string): string | undefined {
  const joined = args.find((arg) => arg.startsWith(`${flag}=`));
  if (joined !== undefined) return joined.slice(flag.length + 1);
  const index = args.indexOf(flag);
  return index === -1 ? undefined : (args[index + 1] ?? '');
}

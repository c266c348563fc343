import { parse as parseYaml } from 'yaml';
import { usageFailure } from '../failures.ts';

interface HotParameter {
  readonly type?: string;
  readonly label?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly hidden?: boolean;
  readonly constraints?: readonly {
    readonly length?: { readonly min?: number; readonly max?: number };
    readonly range?: { readonly min?: number; readonly max?: number };
    readonly allowed_values?: readonly unknown[];
  }[];
}

/** HOT's types that a form can ask for, as JSON Schema calls them. */
const types: Readonly<Record<string, string>> = { string: 'string', number: 'number', boolean: 'boolean' };

/**
 * The form that a template's own parameters make (JSON Schema, the part of it that the market takes): titles, defaults,
 * lengths, ranges, choices. What only Heat can check (`allowed_pattern`, custom constraints) Heat checks when it is ordered.
 */
export function formOf(template: string, name: string): object {
  let parameters: Readonly<Record<string, HotParameter>>;
  try {
    const document = parseYaml(template, { schema: 'core' }) as { parameters?: Record<string, HotParameter> } | null;
    parameters = document?.parameters ?? {};
  } catch (error) {
    throw usageFailure(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const shown = Object.entries(parameters).filter(([, parameter]) => types[parameter?.type ?? ''] !== undefined);
  const needed = shown.filter(([, parameter]) => parameter.default === undefined).map(([key]) => key);
  return {
    type: 'object',
    properties: Object.fromEntries(shown.map(([key, parameter]) => [key, fieldOf(parameter)])),
    ...(needed.length === 0 ? {} : { required: needed }),
  };
}

function fieldOf(parameter: HotParameter): object {
  const type = types[parameter.type ?? ''];
  const field: Record<string, unknown> = { type, title: parameter.label, description: parameter.description };
  field.default = parameter.default;
  for (const { length, range, allowed_values: choices } of parameter.constraints ?? []) {
    if (type === 'string' && length !== undefined) Object.assign(field, bounds('Length', length));
    if (type === 'number' && range !== undefined) Object.assign(field, bounds('imum', range));
    if (type !== 'boolean' && choices !== undefined) field.enum = choices;
  }
  return Object.fromEntries(Object.entries(field).filter(([, value]) => value !== undefined));
}

/** `minLength` and `maxLength`, or `minimum` and `maximum`. */
function bounds(end: string, limits: { readonly min?: number; readonly max?: number }): object {
  return { [`min${end}`]: limits.min, [`max${end}`]: limits.max };
}

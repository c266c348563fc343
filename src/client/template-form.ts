import { parse as parseYaml } from 'yaml';

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

/** What customers and other offerings see of a template. */
export interface Faces {
  /** The form (JSON Schema, the part of it that the market takes): titles, defaults, lengths, ranges, choices. */
  readonly parameters: object;
  /** What it gives out; HOT does not say of which type, and most are text. */
  readonly outputs: object;
}

/**
 * What a template's own parameters and outputs make; what only Heat can check (`allowed_pattern`) Heat checks when it is ordered.
 * Throws what says where it is not YAML.
 */
export function facesOf(template: string): Faces {
  const document: { parameters?: Record<string, HotParameter>; outputs?: Record<string, unknown> } | null = parseYaml(
    template,
    { schema: 'core' },
  );
  const outputs = Object.keys(document?.outputs ?? {}).map((key) => [key, { type: 'string' }]);
  return { parameters: formOf(document?.parameters ?? {}), outputs: Object.fromEntries(outputs) };
}

function formOf(parameters: Readonly<Record<string, HotParameter>>): object {
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

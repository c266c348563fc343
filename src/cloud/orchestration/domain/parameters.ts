import { RE2JS } from 're2js';
import { isObject, type Json, type SourceDocument, templateFault } from './document.ts';

const types = ['string', 'number', 'boolean', 'json', 'comma_delimited_list'] as const;
export type ParameterType = (typeof types)[number];

/** A condition on a parameter's value, with the template's own words for when it fails. */
interface Constraint {
  readonly description: string | undefined;
  /** What is wrong with the value, if anything. */
  check(value: Json): string | undefined;
  /** As the API shows it. */
  readonly shown: Readonly<Record<string, Json>>;
}

export interface ParameterDefinition {
  readonly name: string;
  readonly type: ParameterType;
  readonly description: string;
  readonly label: string;
  readonly default: Json | undefined;
  /** Shown as `******`. */
  readonly hidden: boolean;
  readonly constraints: readonly Constraint[];
}

/** Reads one entry of a template's `parameters`. */
export function parseParameter(source: SourceDocument, name: string, definition: Json): ParameterDefinition {
  const path = ['parameters', name];
  if (!isObject(definition)) throw source.error(path, 'must be a mapping with a type');
  const type = types.find((known) => known === definition.type);
  if (type === undefined) throw source.error([...path, 'type'], `must be one of ${types.join(', ')}`);
  const constraints = definition.constraints ?? [];
  if (!Array.isArray(constraints)) throw source.error([...path, 'constraints'], 'must be a list');
  const parameter: ParameterDefinition = {
    name,
    type,
    description: String(definition.description ?? ''),
    label: String(definition.label ?? name),
    default: definition.default,
    hidden: definition.hidden === true || definition.hidden === 'true',
    constraints: (constraints as readonly Json[]).map((constraint, index) =>
      parseConstraint(source, [...path, 'constraints', index], constraint),
    ),
  };
  if (definition.default !== undefined) {
    try {
      parameterValue(parameter, definition.default);
    } catch (error) {
      throw source.error([...path, 'default'], error instanceof Error ? error.message : 'does not fit');
    }
  }
  return parameter;
}

type ConstraintKind = (argument: Json, complain: (message: string) => never) => (value: Json) => string | undefined;

const sizeOf = (value: Json): number =>
  typeof value === 'string' || Array.isArray(value) ? value.length : Object.keys((value as object | null) ?? {}).length;

function between(argument: Json, complain: (message: string) => never, measure: (value: Json) => number) {
  const { min, max } = isObject(argument) ? argument : complain('must have min, max or both');
  return (value: Json): string | undefined => {
    const measured = measure(value);
    const fits = (min === undefined || measured >= Number(min)) && (max === undefined || measured <= Number(max));
    return fits ? undefined : `must be between ${min ?? '-∞'} and ${max ?? '∞'}`;
  };
}

const kinds: Readonly<Record<string, ConstraintKind>> = {
  length: (argument, complain) => {
    const check = between(argument, complain, sizeOf);
    return (value) => check(value)?.replace('must be', 'its length must be');
  },
  range: (argument, complain) => between(argument, complain, Number),
  allowed_values: (argument, complain) => {
    const allowed = Array.isArray(argument) ? (argument as readonly Json[]) : complain('must be a list');
    const texts = allowed.map(String);
    return (value) => (texts.includes(String(value)) ? undefined : `must be one of ${texts.join(', ')}`);
  },
  allowed_pattern: (argument, complain) => {
    // The pattern is a stranger's: RE2 takes linear time, where others take for ever on `(a+)+b`.
    let pattern: RE2JS;
    try {
      pattern = RE2JS.compile(String(argument));
    } catch {
      return complain('is not a regular expression that RE2 takes (no look-around, no back-references)');
    }
    return (value) => (pattern.matches(String(value)) ? undefined : `must match ${String(argument)}`);
  },
  modulo: (argument, complain) => {
    const { step, offset } = isObject(argument) ? argument : complain('must have step and offset');
    return (value) =>
      Number(value) % Number(step) === Number(offset) ? undefined : `must be ${offset} modulo ${step}`;
  },
  // That the image, flavor or network exists is found by the resource that uses it.
  custom_constraint: () => () => undefined,
};

function parseConstraint(source: SourceDocument, path: (string | number)[], constraint: Json): Constraint {
  if (!isObject(constraint)) throw source.error(path, 'must be a mapping');
  const { description, ...rest } = constraint;
  const [kind = ''] = Object.keys(rest);
  const make = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (make === undefined || Object.keys(rest).length !== 1) {
    throw source.error(path, `must have one of ${Object.keys(kinds).join(', ')}`);
  }
  const complain = (message: string): never => {
    throw source.error([...path, kind], message);
  };
  return {
    description: description === undefined ? undefined : String(description),
    check: make(rest[kind] ?? null, complain),
    shown: rest,
  };
}

/** A given value as the parameter's type has it, within its constraints; throws a 400 that says what it must be. */
export function parameterValue(parameter: ParameterDefinition, given: Json): Json {
  const value = converted(parameter, given);
  for (const { check, description } of parameter.constraints) {
    const wrong = check(value);
    if (wrong !== undefined)
      throw parameterFault(parameter, `${wrong}${description === undefined ? '' : ` (${description})`}`);
  }
  return value;
}

function parameterFault({ name }: ParameterDefinition, message: string) {
  return templateFault(`parameter ${name}: ${message}`);
}

function converted(parameter: ParameterDefinition, given: Json): Json {
  switch (parameter.type) {
    case 'string':
      if (given !== null && typeof given === 'object') throw parameterFault(parameter, 'must be text');
      return String(given ?? '');
    case 'number': {
      const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
      if (typeof number !== 'number' || !Number.isFinite(number)) throw parameterFault(parameter, 'must be a number');
      return number;
    }
    case 'boolean': {
      const word = String(given).toLowerCase();
      if (['true', 't', '1', 'on', 'y', 'yes'].includes(word)) return true;
      if (['false', 'f', '0', 'off', 'n', 'no'].includes(word)) return false;
      throw parameterFault(parameter, 'must be true or false');
    }
    case 'json':
      return jsonValue(parameter, given);
    case 'comma_delimited_list':
      if (Array.isArray(given)) return (given as readonly Json[]).map(String);
      if (given === '' || given === null) return [];
      return String(given)
        .split(',')
        .map((item) => item.trim());
  }
}

function jsonValue(parameter: ParameterDefinition, given: Json): Json {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given) as Json;
  } catch {
    throw parameterFault(parameter, 'must be JSON');
  }
}

/** The value of every parameter: what was given, else the default; throws for what is missing or unknown. */
export function parameterValues(
  definitions: ReadonlyMap<string, ParameterDefinition>,
  given: Readonly<Record<string, Json>>,
): Map<string, Json> {
  const unknown = Object.keys(given).find((name) => !definitions.has(name));
  if (unknown !== undefined) throw templateFault(`parameter ${unknown}: the template has no such parameter`);
  const values = new Map<string, Json>();
  for (const parameter of definitions.values()) {
    const value = Object.hasOwn(given, parameter.name) ? given[parameter.name] : parameter.default;
    if (value === undefined) throw parameterFault(parameter, 'must be given, it has no default');
    values.set(parameter.name, parameterValue(parameter, value));
  }
  return values;
}

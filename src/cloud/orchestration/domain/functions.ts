import { createHash } from 'node:crypto';
import { isObject, type Json, type JsonObject, type Path, templateFault } from './document.ts';

/** What a template's functions read. */
export interface Scope {
  /** Values of the parameters, pseudo parameters included. */
  readonly parameters: ReadonlyMap<string, Json>;
  /** A resource's physical id. */
  resourceId(name: string): Json;
  /** An attribute of a resource; `path` goes into it. */
  attribute(resource: string, attribute: string, path: readonly (string | number)[]): Json;
  /** A file that was sent with the template. */
  file(name: string): string;
  /** A named condition. */
  condition(name: string): boolean;
}

type Implementation = (args: Json, scope: Scope) => Json;

const fail = (name: string, expected: string): never => {
  throw templateFault(`${name} takes ${expected}`);
};

function list(name: string, value: Json): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : fail(name, 'a list');
}

/** Text as Heat writes a value into text: scalars as they are, the rest as JSON. */
function text(value: Json): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Goes into a value by keys and indexes; null when there is nothing there. */
export function dig(value: Json, path: readonly (string | number)[]): Json {
  let current: Json | undefined = value;
  for (const key of path) {
    if (Array.isArray(current)) current = (current as readonly Json[])[Number(key)];
    else if (isObject(current)) current = Object.hasOwn(current, String(key)) ? current[String(key)] : undefined;
    else return null;
  }
  return current ?? null;
}

function replaceAll(name: string, args: Json, strict: boolean): string {
  if (!isObject(args) || !isObject(args.params)) return fail(name, 'template and params');
  let result = text(args.template ?? '');
  // The longest key first, so that `$name` does not eat the beginning of `$name_long`.
  const params = Object.entries(args.params).sort(([a], [b]) => b.length - a.length);
  for (const [key, value] of params) {
    if (key === '') fail(name, 'params with names');
    if (strict && !result.includes(key)) throw templateFault(`${name}: ${key} is not in the template`);
    result = result.replaceAll(key, () => text(value));
  }
  return result;
}

function repeat(args: Json, scope: Scope): Json {
  if (!isObject(args) || !isObject(args.for_each)) return fail('repeat', 'template and for_each');
  let rows: JsonObject[] = [{}];
  for (const [variable, values] of Object.entries(args.for_each)) {
    const each = list('repeat', resolve(values, scope));
    rows = rows.flatMap((row) => each.map((value) => ({ ...row, [variable]: value })));
    if (rows.length > 10_000) throw templateFault('repeat makes more than 10,000 items');
  }
  return rows.map((row) => resolve(substitute(args.template ?? null, row), scope));
}

function substitute(value: Json, row: JsonObject): Json {
  if (typeof value === 'string') {
    if (Object.hasOwn(row, value)) return row[value] ?? null;
    return Object.entries(row).reduce((result, [variable, by]) => result.replaceAll(variable, () => text(by)), value);
  }
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => substitute(item, row));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [text(substitute(key, row)), substitute(item, row)]),
  );
}

function choose(args: Json, scope: Scope): Json {
  const [condition, yes, no] = list('if', args);
  const value = holds(condition ?? null, scope) ? yes : no;
  return resolve(value ?? null, scope);
}

/** Whether a condition holds: a boolean, the name of one, or a function. */
export function holds(condition: Json, scope: Scope): boolean {
  if (typeof condition === 'boolean') return condition;
  if (typeof condition === 'string') return scope.condition(condition);
  const value = resolve(condition, scope);
  return typeof value === 'string' ? scope.condition(value) : Boolean(value);
}

/** Functions that resolve their arguments themselves, because only some of them may be looked at. */
const lazy: Readonly<Record<string, Implementation>> = {
  if: choose,
  repeat,
  not: (args, scope) => !holds(args, scope),
  and: (args, scope) => list('and', args).every((condition) => holds(condition, scope)),
  or: (args, scope) => list('or', args).some((condition) => holds(condition, scope)),
};

const eager: Readonly<Record<string, Implementation>> = {
  get_param: (args, scope) => {
    const [name, ...path] = Array.isArray(args) ? (args as readonly Json[]) : [args];
    if (!scope.parameters.has(text(name ?? null))) throw templateFault(`there is no parameter ${text(name ?? null)}`);
    return dig(scope.parameters.get(text(name ?? null)) ?? null, path as (string | number)[]);
  },
  get_resource: (args, scope) => scope.resourceId(text(args)),
  get_attr: (args, scope) => {
    const [resource, attribute, ...path] = list('get_attr', args);
    return scope.attribute(text(resource ?? null), text(attribute ?? null), path as (string | number)[]);
  },
  get_file: (args, scope) => scope.file(text(args)),
  list_join: (args) => {
    const [delimiter, ...lists] = list('list_join', args);
    return lists
      .flatMap((items) => list('list_join', items))
      .map(text)
      .join(text(delimiter ?? null));
  },
  list_concat: (args) => list('list_concat', args).flatMap((items) => list('list_concat', items)),
  str_replace: (args) => replaceAll('str_replace', args, false),
  str_replace_strict: (args) => replaceAll('str_replace_strict', args, true),
  str_split: (args) => {
    const [delimiter, value, index] = list('str_split', args);
    const parts = text(value ?? null).split(text(delimiter ?? null));
    return index === undefined ? parts : (parts[Number(index)] ?? null);
  },
  map_merge: (args) =>
    Object.fromEntries(list('map_merge', args).flatMap((map) => Object.entries(isObject(map) ? map : {}))),
  digest: (args) => {
    const [algorithm, value] = list('digest', args).map(text);
    if (!['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].includes(algorithm ?? ''))
      return fail('digest', 'a known algorithm and a value');
    return createHash(algorithm ?? '')
      .update(value ?? '')
      .digest('hex');
  },
  equals: (args) => {
    const [a, b] = list('equals', args);
    return JSON.stringify(a) === JSON.stringify(b);
  },
};

/** Every function of HOT that we know. */
export const functionNames = [...Object.keys(eager), ...Object.keys(lazy)].sort();

/** What looks like a function of HOT or of older templates, so that a misspelt or unsupported one is told. */
const looksLikeFunction =
  /^(get_[a-z]+|str_[a-z_]+|list_[a-z]+|map_[a-z]+|yaql|contains|filter|make_url|resource_facts?|Fn::.+|Ref)$/;

function functionOf(value: JsonObject): string | undefined {
  const keys = Object.keys(value);
  return keys.length === 1 && functionNames.includes(keys[0] ?? '') ? keys[0] : undefined;
}

/** A value with every function in it replaced by what it gives. */
export function resolve(value: Json, scope: Scope): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => resolve(item, scope));
  if (!isObject(value)) return value;
  const name = functionOf(value);
  if (name === undefined) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, scope)]));
  }
  const args = value[name] ?? null;
  const special = lazy[name];
  if (special !== undefined) return special(args, scope);
  return eager[name]?.(resolve(args, scope), scope) ?? null;
}

/** A name that a value refers to, and where in the value. */
export interface Reference {
  readonly name: string;
  readonly path: Path;
}

/** Every parameter and resource that a value refers to, and what looks like a function that we do not know. */
export function references(
  value: Json,
  path: Path = [],
): {
  readonly parameters: readonly Reference[];
  readonly resources: readonly Reference[];
  readonly unknownFunctions: readonly Reference[];
} {
  const parameters: Reference[] = [];
  const resources: Reference[] = [];
  const unknownFunctions: Reference[] = [];
  const walk = (inner: Json, at: Path): void => {
    if (Array.isArray(inner)) {
      for (const [index, item] of (inner as readonly Json[]).entries()) walk(item, [...at, index]);
    } else if (isObject(inner)) {
      const [only] = Object.keys(inner);
      const target = Array.isArray(inner[only ?? '']) ? (inner[only ?? ''] as readonly Json[])[0] : inner[only ?? ''];
      if (Object.keys(inner).length === 1 && only !== undefined) {
        const reference = { name: String(target), path: [...at, only] };
        if (only === 'get_param' && typeof target === 'string') parameters.push(reference);
        else if (['get_resource', 'get_attr'].includes(only) && typeof target === 'string') resources.push(reference);
        else if (!functionNames.includes(only) && looksLikeFunction.test(only))
          unknownFunctions.push({ name: only, path: reference.path });
      }
      for (const [key, item] of Object.entries(inner)) walk(item, [...at, key]);
    }
  };
  walk(value, path);
  return { parameters, resources, unknownFunctions };
}

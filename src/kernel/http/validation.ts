import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formatsPlugin from 'ajv-formats';
import type { TSchema } from 'typebox';
import { badRequest } from '../base/errors.ts';

// ajv-formats is CommonJS: its function sits under `default` for ES modules.
const addFormats = (formatsPlugin as unknown as { default?: typeof formatsPlugin.default }).default ?? formatsPlugin;

const strict = new Ajv({ allErrors: false, strict: false });
const coercing = new Ajv({ allErrors: false, strict: false, coerceTypes: 'array' });
for (const ajv of [strict, coercing]) (addFormats as (ajv: Ajv) => void)(ajv);

/** Says which field is wrong and what is expected, e.g. `body/server/name must be string`. */
function explain(where: string, error: ErrorObject): string {
  const path = `${where}${error.instancePath}`;
  if (error.keyword === 'additionalProperties') {
    return `${path}: unexpected key '${String(error.params.additionalProperty).slice(0, 100)}'.`;
  }
  if (error.keyword === 'enum')
    return `${path} must be one of: ${(error.params.allowedValues as unknown[]).join(', ')}.`;
  return `${path} ${error.message ?? 'is invalid'}.`;
}

/** Throws 400 with the first wrong field. With coercion (`params`, `query`) the checked value is changed in place. */
export type Validator = (value: unknown) => void;

/**
 * Compiles a schema once, when it is first needed: compiling those of all routes would take a third of the start.
 * `where` starts the paths in messages: `body`, `query`, `path`.
 */
export function validator(where: 'body' | 'query' | 'path', schema: TSchema): Validator {
  let check: ValidateFunction | undefined;
  return (value) => {
    check ??= (where === 'body' ? strict : coercing).compile(schema);
    if (check(value)) return;
    const [error] = check.errors ?? [];
    throw badRequest(`Invalid input: ${error === undefined ? where : explain(where, error)}`);
  };
}

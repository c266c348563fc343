import type { LocalizedText } from '../../../kernel/base/i18n.ts';

interface Texts {
  readonly title?: string;
  readonly description?: string;
  /** The title in every language; JSON Schema's own has one. */
  readonly 'x-title'?: LocalizedText;
}

interface StringParameter extends Texts {
  readonly type: 'string';
  readonly default?: string;
  readonly enum?: readonly string[];
  /** In characters. */
  readonly minLength?: number;
  readonly maxLength?: number;
}

interface NumberParameter extends Texts {
  readonly type: 'integer' | 'number';
  readonly default?: number;
  readonly enum?: readonly number[];
  readonly minimum?: number;
  readonly maximum?: number;
}

interface BooleanParameter extends Texts {
  readonly type: 'boolean';
  readonly default?: boolean;
}

type Parameter = StringParameter | NumberParameter | BooleanParameter;

/**
 * What a customer may choose: the part of JSON Schema that makes a form. Without `pattern`, which would let a publisher
 * hang us with a slow expression.
 */
export interface ParametersSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, Parameter>>;
  readonly required?: readonly string[];
}

/** The value of a parameter. */
export type ParameterValue = string | number | boolean;

/** What is wrong with a value: the parameter, and what it should be. */
export interface ParameterProblem {
  readonly name: string;
  readonly problem: 'unknown' | 'missing' | 'wrong-type' | 'not-allowed' | 'too-small' | 'too-large';
  readonly expected: string;
}

/** The values with defaults filled in, or everything that is wrong with them. */
export function resolveParameters(
  schema: ParametersSchema,
  values: Readonly<Record<string, unknown>>,
): { values: Record<string, ParameterValue>; problems: ParameterProblem[] } {
  const problems: ParameterProblem[] = [];
  const resolved: Record<string, ParameterValue> = {};
  for (const unknown of Object.keys(values).filter((key) => !Object.hasOwn(schema.properties, key))) {
    problems.push({ name: unknown, problem: 'unknown', expected: Object.keys(schema.properties).join(', ') });
  }
  for (const [key, parameter] of Object.entries(schema.properties)) {
    const value = Object.hasOwn(values, key) ? values[key] : parameter.default;
    if (value === undefined) {
      if (schema.required?.includes(key)) problems.push({ name: key, problem: 'missing', expected: parameter.type });
      continue;
    }
    const problem = check(parameter, value);
    if (problem === undefined) resolved[key] = value as ParameterValue;
    else problems.push({ name: key, ...problem });
  }
  return { values: resolved, problems };
}

function check(parameter: Parameter, value: unknown): Omit<ParameterProblem, 'name'> | undefined {
  const isType = parameter.type === 'integer' ? Number.isSafeInteger(value) : typeof value === parameter.type;
  if (!isType) return { problem: 'wrong-type', expected: parameter.type };
  if (parameter.type === 'boolean') return undefined;
  const allowed = parameter.enum as readonly unknown[] | undefined;
  if (allowed !== undefined && !allowed.includes(value))
    return { problem: 'not-allowed', expected: allowed.join(', ') };
  const size = typeof value === 'string' ? [...value].length : Number(value);
  const [least, most] =
    parameter.type === 'string' ? [parameter.minLength, parameter.maxLength] : [parameter.minimum, parameter.maximum];
  if (least !== undefined && size < least) return { problem: 'too-small', expected: String(least) };
  if (most !== undefined && size > most) return { problem: 'too-large', expected: String(most) };
  return undefined;
}

/** What is wrong with the schema itself: a default that it refuses, a required parameter that it does not have. */
export function checkSchema(schema: ParametersSchema): ParameterProblem[] {
  const undeclared = (schema.required ?? []).filter((key) => !Object.hasOwn(schema.properties, key));
  const { problems } = resolveParameters({ ...schema, required: [] }, {});
  return [...problems, ...undeclared.map((key) => ({ name: key, problem: 'unknown' as const, expected: '' }))];
}

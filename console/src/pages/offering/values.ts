import type { Parameter, Parameters } from '../../../../src/client/market.ts';

/** What a person has filled in, by parameter. */
export type Values = Readonly<Record<string, string | number | boolean>>;

/** The form as it opens. */
export function initialValues({ properties }: Parameters): Values {
  return Object.fromEntries(
    Object.entries(properties).map(([name, parameter]) => [name, parameter.default ?? blank(parameter)]),
  );
}

const blank = ({ type }: Parameter) => (type === 'boolean' ? false : '');

/** Why a value will not do; undefined when it will. */
export type Problem = 'required' | 'length';

export function problemOf(
  name: string,
  { required = [], properties }: Parameters,
  values: Values,
): Problem | undefined {
  const parameter = properties[name];
  const value = values[name] ?? '';
  if (parameter === undefined || parameter.type === 'boolean') return undefined;
  if (value === '') return required.includes(name) ? 'required' : undefined;
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY } = parameter;
  const { length } = [...String(value)];
  return parameter.type === 'string' && (length < minLength || length > maxLength) ? 'length' : undefined;
}

/** What is sent: whatever is filled in, and right; undefined while something is missing. */
export function sentValues(parameters: Parameters, values: Values): Values | undefined {
  const names = Object.keys(parameters.properties);
  if (names.some((name) => problemOf(name, parameters, values) !== undefined)) return undefined;
  const filled = names.filter((name) => values[name] !== '' || parameters.properties[name]?.default !== undefined);
  return Object.fromEntries(filled.map((name) => [name, values[name] ?? '']));
}

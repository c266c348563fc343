import Type, { type TProperties } from 'typebox';
import { invalidInput } from '../domain/faults.ts';

/** Attributes that take part in several resources' bodies. PostgreSQL stores no NUL character. */
const storable = { pattern: '^[^\\u0000]*$' };

/** An object whose attributes may all be left out, and that has no others. */
export function body<P extends TProperties>(properties: P) {
  return Type.Object(properties, { additionalProperties: false });
}

export const optional = Type.Optional;
/** Neutron takes numbers and truth values as text too, and its clients send them so. */
export const boolean = Type.Union([
  Type.Boolean(),
  Type.String({ pattern: '^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|[01])$' }),
  Type.Integer({ minimum: 0, maximum: 1 }),
]);
export const integer = Type.Union([Type.Integer(), Type.String({ pattern: '^-?[0-9]{1,10}$' })]);

/** The truth value of what `boolean` allows. */
export function toBoolean(value: boolean | string | number | undefined): boolean | undefined {
  return value === undefined ? undefined : value === true || ['true', '1'].includes(String(value).toLowerCase());
}

/** The number of what `integer` allows; 400 outside the range. */
export function toInteger(
  attribute: string,
  value: number | string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (number >= least && number <= most) return number;
  throw invalidInput(`${attribute} '${value}' is not in the range ${least} to ${most}`);
}

export const name = Type.String({ maxLength: 255, ...storable });
export const description = Type.String({ maxLength: 255, ...storable });
export const projectId = Type.String({ minLength: 1, maxLength: 255, ...storable });
export const uuid = Type.String({ format: 'uuid' });
export const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
/** An address, prefix or the like: what it means is checked by the domain. */
export const short = Type.String({ maxLength: 64, ...storable });

export const pools = Type.Array(body({ start: short, end: short }), { maxItems: 100 });
export const routes = Type.Array(body({ destination: short, nexthop: short }), { maxItems: 100 });
export const wantedIps = Type.Array(body({ subnet_id: optional(uuid), ip_address: optional(short) }), {
  maxItems: 100,
});

/** `4` or `6`, as a number or as text. */
export const ipVersion = Type.Union([Type.Literal(4), Type.Literal(6), Type.Literal('4'), Type.Literal('6')]);

/** Who owns the new thing, under both names of it. */
export const owner = { project_id: optional(projectId), tenant_id: optional(projectId) };

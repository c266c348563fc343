import { randomInt } from 'node:crypto';
import { Type } from 'typebox';
import { properties, typed, whole } from '../schema.ts';
import type { ResourceType } from '../type.ts';

const sequences = {
  lettersdigits: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  lowercase: 'abcdefghijklmnopqrstuvwxyz',
  uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  hexdigits: '0123456789abcdef',
  octdigits: '01234567',
} as const;

const characterClass = Type.Object(
  {
    class: Type.Union(Object.keys(sequences).map((name) => Type.Literal(name as keyof typeof sequences))),
    min: Type.Optional(whole),
  },
  { additionalProperties: false },
);

const randomProperties = properties({
  length: Type.Optional(whole),
  salt: Type.Optional(Type.String()),
  character_classes: Type.Optional(Type.Array(characterClass)),
});

const defaultLength = 32;
const maxLength = 512;

/** `OS::Heat::RandomString`: made once, kept with the resource. */
export function randomString(): ResourceType {
  return {
    type: 'OS::Heat::RandomString',
    properties: randomProperties,
    async create({ id, properties: given }) {
      const { length, character_classes: classes } = typed(randomProperties, given);
      const size = Math.min(Math.max(Number(length ?? defaultLength), 1), maxLength);
      const wanted = classes ?? [{ class: 'lettersdigits' as const, min: 1 }];
      const needed = wanted.flatMap(({ class: name, min }) =>
        Array.from({ length: Number(min ?? 1) }, () => pick(sequences[name])),
      );
      const all = wanted.map(({ class: name }) => sequences[name]).join('');
      const rest = Array.from({ length: Math.max(size - needed.length, 0) }, () => pick(all));
      return {
        physicalId: id,
        data: shuffled([...needed, ...rest])
          .slice(0, size)
          .join(''),
      };
    },
    attributes: async ({ data }) => ({ value: data, show: { value: data } }),
    remove: async () => true,
  };
}

function pick(characters: string): string {
  return characters.charAt(randomInt(characters.length));
}

function shuffled(characters: readonly string[]): string[] {
  const result = [...characters];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = randomInt(index + 1);
    [result[index], result[other]] = [result[other] ?? '', result[index] ?? ''];
  }
  return result;
}

const valueProperties = properties({ type: Type.Optional(Type.String()), value: Type.Unknown() });

/** `OS::Heat::Value`: a value that several resources share. */
export function value(): ResourceType {
  return {
    type: 'OS::Heat::Value',
    properties: valueProperties,
    create: async ({ id, properties: given }) => ({ physicalId: id, data: JSON.stringify(given.value ?? null) }),
    attributes: async ({ data }) => ({ value: data === null ? null : JSON.parse(data) }),
    remove: async () => true,
  };
}

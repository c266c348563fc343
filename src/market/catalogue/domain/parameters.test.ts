import { describe, expect, it } from 'vitest';
import { checkSchema, type ParametersSchema, resolveParameters } from './parameters.ts';

const schema: ParametersSchema = {
  type: 'object',
  required: ['title'],
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 5 },
    size: { type: 'string', enum: ['small', 'large'], default: 'small' },
    workers: { type: 'integer', minimum: 1, maximum: 9 },
    tls: { type: 'boolean', default: true },
  },
};
const problems = (values: Record<string, unknown>) =>
  resolveParameters(schema, values).problems.map(({ name, problem }) => `${name} ${problem}`);

describe('an offering’s parameters', () => {
  it('get their defaults', () => {
    expect(resolveParameters(schema, { title: 'Blog' })).toEqual({
      values: { title: 'Blog', size: 'small', tls: true },
      problems: [],
    });
  });

  it('are refused all at once, each with what it should be', () => {
    expect(problems({ size: 'huge', workers: 1.5, tls: 'yes', more: 1 })).toEqual([
      'more unknown',
      'title missing',
      'size not-allowed',
      'workers wrong-type',
      'tls wrong-type',
    ]);
    expect(problems({ title: '', workers: 0 })).toEqual(['title too-small', 'workers too-small']);
    expect(problems({ title: 'Bonjour', workers: 10 })).toEqual(['title too-large', 'workers too-large']);
  });

  it('take no key of the object’s own prototype for a parameter', () => {
    expect(problems(JSON.parse('{"title":"a","__proto__":{"size":"huge"},"constructor":1}'))).toEqual([
      '__proto__ unknown',
      'constructor unknown',
    ]);
  });

  it('have a schema that agrees with itself', () => {
    expect(checkSchema(schema)).toEqual([]);
    const wrong: ParametersSchema = {
      type: 'object',
      required: ['name'],
      properties: { size: { type: 'integer', default: 3, maximum: 2 } },
    };
    expect(checkSchema(wrong).map(({ name, problem }) => `${name} ${problem}`)).toEqual([
      'size too-large',
      'name unknown',
    ]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { facesOf } from './template-form.ts';

describe('the form of an offering', () => {
  it('is made of its template’s parameters', () => {
    const template = readFileSync('examples/web-page/template.yaml', 'utf8');
    expect(facesOf(template).parameters).toMatchObject({
      type: 'object',
      properties: {
        title: { type: 'string', title: 'Title of the page', default: 'Bonjour', minLength: 1, maxLength: 80 },
        size: { type: 'string', enum: ['m1.tiny', 'm1.small'], default: 'm1.tiny' },
      },
    });
  });

  it('asks for what has no default, and for numbers within their range', () => {
    const template = `parameters:
  count: {type: number, constraints: [{range: {min: 1, max: 3}}]}
  tags: {type: json}`;
    expect(facesOf(template).parameters).toEqual({
      type: 'object',
      properties: { count: { type: 'number', minimum: 1, maximum: 3 } },
      required: ['count'],
    });
  });

  it('refuses what is not YAML, saying where', () => {
    expect(() => facesOf('a: [').parameters).toThrow(/line 1/);
  });
});

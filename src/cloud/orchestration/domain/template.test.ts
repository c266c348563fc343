import { describe, expect, it } from 'vitest';
import type { Json } from './document.ts';
import { holds, resolve, type Scope } from './functions.ts';
import { parameterValues } from './parameters.ts';
import { parseTemplate } from './template.ts';

const page = `heat_template_version: 2018-08-31
description: A page
parameters:
  flavor:
    type: string
    default: m1.tiny
    constraints:
      - allowed_values: [m1.tiny, m1.small]
  count: {type: number, default: 1, constraints: [{range: {min: 1, max: 3}}]}
resources:
  server:
    type: OS::Nova::Server
    properties:
      flavor: {get_param: flavor}
      networks: [{port: {get_resource: port}}]
  port:
    type: OS::Neutron::Port
    properties:
      network: {get_resource: network}
  network: {type: OS::Neutron::Net}
outputs:
  address:
    value: {get_attr: [server, first_address]}
`;

describe('a template', () => {
  it('is read, its resources in an order in which each comes after what it needs', () => {
    const template = parseTemplate(page);
    expect(template.resources.map(({ name }) => name)).toEqual(['network', 'port', 'server']);
    expect(template.outputs.map(({ name }) => name)).toEqual(['address']);
  });

  it('may come as an object that the client has parsed', () => {
    expect(
      parseTemplate({ heat_template_version: '2018-08-31', resources: { n: { type: 'OS::Neutron::Net' } } }).resources,
    ).toHaveLength(1);
  });

  it.each([
    [
      'a parameter that is not there',
      page.replace('get_param: flavor', 'get_param: flavour'),
      'line 14: resources.server.properties.flavor.get_param: there is no parameter flavour',
    ],
    [
      'a resource that is not there',
      page.replace('get_resource: port', 'get_resource: prt'),
      /line 15: resources\.server\.properties\.networks\[0\]\.port\.get_resource: there is no resource prt/,
    ],
    [
      'an unknown key',
      page.replace('    properties:\n      network:', '    propreties:\n      network:'),
      /line 18: resources\.port\.propreties: unknown key; known are/,
    ],
    [
      'a missing type',
      page.replace('    type: OS::Neutron::Port\n', ''),
      /line 16: resources\.port\.type: must say the type/,
    ],
    ['an unknown version', page.replace('2018-08-31', '2018-08-32'), /line 1: heat_template_version: must be one of/],
    ['broken YAML', page.replace('outputs:', 'outputs: ]'), /line 21: not valid YAML/],
    ['a key given twice', `${page}outputs: {}\n`, /line 24: not valid YAML: Map keys must be unique$/],
    [
      'an unsupported function',
      page.replace('{get_param: flavor}', '{yaql: {expression: 1}}'),
      /line 14: .*yaql is not supported/,
    ],
    [
      'a default that breaks its constraint',
      page.replace('default: 1', 'default: 4'),
      /line 9: parameters\.count\.default: parameter count: must be between 1 and 3/,
    ],
    [
      'a circle',
      page.replace('network: {type: OS::Neutron::Net}', 'network: {type: OS::Neutron::Net, depends_on: server}'),
      /circular dependency: server → port → network → server/,
    ],
  ])('with %s is refused by line and key', (_what, text, message) => {
    expect(() => parseTemplate(text)).toThrow(message);
  });

  it('that explodes when its aliases are followed is refused', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((c, i) => `${c}: &${c} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`).join('\n')}`;
    expect(() => parseTemplate(bomb)).toThrow();
  });
});

describe('parameters', () => {
  const { parameters } = parseTemplate(page);
  it('take their default, and the type that was declared', () => {
    expect(Object.fromEntries(parameterValues(parameters, { count: '2' }))).toEqual({ flavor: 'm1.tiny', count: 2 });
  });

  it.each([
    [{ flavor: 'huge' }, /parameter flavor: must be one of m1\.tiny, m1\.small/],
    [{ count: 'many' }, /parameter count: must be a number/],
    [{ other: '1' }, /parameter other: the template has no such parameter/],
  ])('%j is refused, saying what it must be', (given, message) => {
    expect(() => parameterValues(parameters, given as unknown as Record<string, Json>)).toThrow(message);
  });

  it('a pattern on which others never end is answered at once', () => {
    const text = `heat_template_version: 2018-08-31\nparameters:\n  p: {type: string, constraints: [{allowed_pattern: '(a+)+b'}]}\n`;
    const definitions = parseTemplate(text).parameters;
    expect(() => parameterValues(definitions, { p: 'a'.repeat(5000) })).toThrow(/must match/);
  });
});

const scope: Scope = {
  parameters: new Map<string, Json>([
    ['name', 'web'],
    ['sizes', [1, 2]],
    ['on', true],
  ]),
  resourceId: (name) => `id-of-${name}`,
  attribute: (resource, attribute, path) => `${resource}.${attribute}.${path.join('.')}`,
  file: (name) => `contents of ${name}`,
  condition: (name) => name === 'yes',
};

describe('a function', () => {
  it.each<[Json, Json]>([
    [{ get_param: 'name' }, 'web'],
    [{ get_param: ['sizes', 1] }, 2],
    [{ get_resource: 'server' }, 'id-of-server'],
    [{ get_attr: ['server', 'addresses', 'net', 0] }, 'server.addresses.net.0'],
    [{ get_file: 'a.sh' }, 'contents of a.sh'],
    [{ list_join: ['-', ['a', { get_param: 'name' }], ['c']] }, 'a-web-c'],
    [
      { str_replace: { template: 'hi $name_long $name', params: { $name: { get_param: 'name' }, $name_long: 'x$&' } } },
      'hi x$& web',
    ],
    [{ str_split: [',', 'a,b,c', 1] }, 'b'],
    [{ map_merge: [{ a: 1 }, { b: 2 }] }, { a: 1, b: 2 }],
    [{ list_concat: [[1], [2, 3]] }, [1, 2, 3]],
    [{ digest: ['sha256', 'a'] }, 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    [{ repeat: { template: { port: '%p%' }, for_each: { '%p%': [80, 443] } } }, [{ port: 80 }, { port: 443 }]],
    [{ if: ['yes', 'a', { get_param: 'never looked at' }] }, 'a'],
    [{ if: [{ not: 'yes' }, 'a', 'b'] }, 'b'],
    [
      { two: 1, get_param: 'not a function among other keys' },
      { two: 1, get_param: 'not a function among other keys' },
    ],
  ])('%j gives %j', (value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it('of conditions holds', () => {
    expect(holds({ and: ['yes', { equals: [{ get_param: 'on' }, true] }] }, scope)).toBe(true);
    expect(holds({ or: ['no', { not: 'yes' }] }, scope)).toBe(false);
  });

  it('that is given the wrong thing says what it takes', () => {
    expect(() => resolve({ list_join: 'a' }, scope)).toThrow('list_join takes a list');
  });
});

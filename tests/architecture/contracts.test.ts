import { readdirSync, readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { contractFiles } from '../../src/app/api/contracts.ts';
import { policies } from '../../src/kernel/access/policy.ts';
import { novaFault, type Route, route, type Service, version } from '../../src/kernel/http/index.ts';
import { contractsOf } from '../../src/kernel/http/openapi.ts';

const folder = new URL('../../contracts/', import.meta.url);
const files = contractFiles();

describe('the contracts', () => {
  it('are what the routing tables say', () => {
    const committed = new Map(
      readdirSync(folder)
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]),
    );
    const names = [...new Set([...files.keys(), ...committed.keys()])].sort();
    const differing = names.filter((name) => files.get(name) !== committed.get(name));
    expect(differing, 'the API has changed: run `npm run contracts` and commit what it writes').toEqual([]);
  });

  it.each([...files])('%s is valid OpenAPI 3.1', async (_name, text) => {
    const result = await new Validator().validate(parse(text));
    expect(result.errors ?? []).toEqual([]);
  });

  it.each([...files])('%s names each operation once', (_name, text) => {
    const operations = [...text.matchAll(/operationId: (\S+)/g)].map(([, id]) => id);
    expect(operations.filter((id, index) => operations.indexOf(id) !== index)).toEqual([]);
  });
});

describe('a contract', () => {
  const entry = (definition: Partial<Route>): Route =>
    route({ method: 'GET', path: '/', operation: 'x', policy: policies.public, handler: () => ({}), ...definition });
  const service = (...routes: Route[]): Service => ({
    ...{ name: 'x', mount: '/x', faults: novaFault, routes },
    microversions: { min: version('2.1'), max: version('2.9') },
  });
  const documentOf = (...routes: Route[]) => contractsOf(service(...routes))[0]?.document as never;

  it('tells microversions of one operation apart', () => {
    const older = entry({ method: 'POST', path: '/v2.1/a', body: Type.Object({ a: Type.String() }) });
    const newer = entry({ method: 'POST', path: '/v2.1/a', body: Type.Object({ b: Type.String() }) });
    const document = documentOf(
      { ...older, versions: { max: version('2.4') } },
      { ...newer, versions: { min: version('2.5') } },
    );
    const schema = { oneOf: [{ 'x-openstack': { 'max-ver': '2.4' } }, { 'x-openstack': { 'min-ver': '2.5' } }] };
    expect(document).toMatchObject({
      paths: { '/v2.1/a': { post: { requestBody: { content: { 'application/json': { schema } } } } } },
    });
  });

  it('does not invent answers', () => {
    const described = entry({ path: '/v2.1/a', response: Type.Object({ a: Type.String() }) });
    const document = documentOf(described, entry({ path: '/v2.1/b', status: 202 }));
    expect(document).toMatchObject({
      paths: {
        '/v2.1/a': { get: { responses: { 200: { content: { 'application/json': { schema: { type: 'object' } } } } } } },
        '/v2.1/b': { get: { responses: { 202: { description: 'Done; the body is not described yet.' } } } },
      },
    });
  });

  it('writes what stands twice once', () => {
    const long = Type.Object({ long: Type.Union(Array.from({ length: 20 }, (_, index) => Type.Literal(`${index}`))) });
    const at = (path: string) => entry({ method: 'POST', path, operation: path, body: long });
    const schema = { $ref: '#/components/schemas/-v2.1-a' };
    const body = { post: { requestBody: { content: { 'application/json': { schema } } } } };
    expect(documentOf(at('/v2.1/a'), at('/v2.1/b'))).toMatchObject({
      paths: { '/v2.1/a': body, '/v2.1/b': body },
      components: { schemas: { '-v2.1-a': { type: 'object' } } },
    });
  });

  it('is one file a major version', () => {
    const names = contractsOf(service(entry({ path: '/v2.1/a' }), entry({ path: '/v3/b' }), entry({ path: '/' })));
    expect(names.map(({ name }) => name)).toEqual(['x-v2', 'x-v3']);
  });
});

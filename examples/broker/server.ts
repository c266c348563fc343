/**
 * An Open Service Broker (API 2.17), to start from: it provides databases, slowly, and credentials for them.
 * Run it with `BROKER_USER=… BROKER_PASSWORD=… node server.ts`; it listens on PORT (8080). Apache-2.0, no dependency.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';

/** What it offers: `GET /v2/catalog`. */
export const catalog = {
  services: [
    {
      id: 'database',
      name: 'database',
      description: 'A database of your own',
      bindable: true,
      plan_updateable: true,
      plans: [
        { id: 'small', name: 'small', description: '1 GB' },
        { id: 'large', name: 'large', description: '10 GB' },
      ],
    },
  ],
};

interface Instance {
  planId: string;
  parameters: Readonly<Record<string, unknown>>;
  readonly bindings: Map<string, number>;
  /** What `last_operation` says the next times. */
  last: string[];
  deleting: boolean;
}

interface Body {
  readonly service_id?: string;
  readonly plan_id?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** How it behaves; each may be changed while it runs. */
export interface BrokerBehaviour {
  /** How often an operation is “in progress” before it is over; 0: it is done at once. */
  polls: number;
  /** Whether new instances fail after having begun. */
  fails: boolean;
}

/** The broker's memory; replace it by your database. */
export function createDatabases(behaviour: BrokerBehaviour = { polls: 1, fails: false }) {
  const instances = new Map<string, Instance>();
  let passwords = 0;

  /** Status and body of a call. */
  function answer(method: string, path: readonly string[], query: URLSearchParams, body: Body): [number, object] {
    const [, resource, id = '', what, bindingId = ''] = path;
    if (method === 'GET' && resource === 'catalog') return [200, catalog];
    if (resource !== 'service_instances') return [404, {}];
    const instance = instances.get(id);
    if (what === 'last_operation') return lastOperation(id, instance);
    if (what === 'service_bindings') return binding(method, instance, bindingId);
    if (method === 'DELETE') return deprovision(id, instance);
    if (query.get('accepts_incomplete') !== 'true') return [422, { error: 'AsyncRequired' }];
    if (method === 'PATCH') return update(instance, body);
    return provision(id, instance, body);
  }

  function provision(id: string, known: Instance | undefined, body: Body): [number, object] {
    const { plan_id: planId = '', parameters = {} } = body;
    if (!catalog.services[0]?.plans.some((plan) => plan.id === planId)) return [400, { description: `no plan ${planId}` }];
    if (known !== undefined) {
      if (known.planId !== planId) return [409, { description: 'There is one with other attributes.' }];
      return known.last.length > 0 ? [202, { operation: 'provision' }] : [200, {}];
    }
    const last = [...Array<string>(behaviour.polls).fill('in progress'), ...(behaviour.fails ? ['failed'] : [])];
    instances.set(id, { planId, parameters, bindings: new Map(), last, deleting: false });
    return last.length > 0 ? [202, { operation: 'provision' }] : [201, {}];
  }

  function update(instance: Instance | undefined, { plan_id: planId }: Body): [number, object] {
    if (instance === undefined) return [404, {}];
    instance.planId = planId ?? instance.planId;
    instance.last = Array<string>(behaviour.polls).fill('in progress');
    return behaviour.polls > 0 ? [202, { operation: 'update' }] : [200, {}];
  }

  function deprovision(id: string, instance: Instance | undefined): [number, object] {
    if (instance === undefined) return [410, {}];
    if (behaviour.polls === 0) return instances.delete(id) ? [200, {}] : [410, {}];
    instance.deleting = true;
    instance.last = Array<string>(behaviour.polls).fill('in progress');
    return [202, { operation: 'deprovision' }];
  }

  function lastOperation(id: string, instance: Instance | undefined): [number, object] {
    if (instance === undefined) return [410, {}];
    const state = instance.last[0] === 'failed' ? 'failed' : (instance.last.shift() ?? 'succeeded');
    if (state === 'succeeded' && instance.deleting) instances.delete(id);
    const description = { 'in progress': 'Formatting the disk', failed: 'The disk is broken' }[state];
    return [200, { state, ...(description && { description }) }];
  }

  function binding(method: string, instance: Instance | undefined, bindingId: string): [number, object] {
    if (instance === undefined) return [410, {}];
    if (method === 'DELETE') return instance.bindings.delete(bindingId) ? [200, {}] : [410, {}];
    const isNew = !instance.bindings.has(bindingId);
    if (isNew) instance.bindings.set(bindingId, ++passwords);
    const password = `p${instance.bindings.get(bindingId)}`;
    return [isNew ? 201 : 200, { credentials: { uri: 'postgres://db.example/app', password } }];
  }

  return { instances, behaviour, answer };
}

/** The server: authentication and the API's version, then the memory. */
export function createBroker(user: string, password: string, { answer }: ReturnType<typeof createDatabases>): Server {
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const send = (response: ServerResponse, status: number, body: object) =>
    response.writeHead(status, { 'Content-Type': 'application/json', 'Retry-After': '0' }).end(JSON.stringify(body));
  return createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (request.headers.authorization !== wanted) return send(response, 401, {});
    if (!/^2\.\d+$/.test(String(request.headers['x-broker-api-version']))) return send(response, 412, {});
    const url = new URL(request.url ?? '/', 'http://broker');
    const path = url.pathname.split('/').slice(1);
    const [status, body] = answer(request.method ?? '', path, url.searchParams, text === '' ? {} : JSON.parse(text));
    return send(response, status, body);
  });
}

if (import.meta.main) {
  const { BROKER_USER: user = '', BROKER_PASSWORD: password = '', PORT: port = '8080' } = process.env;
  if (user === '' || password === '') throw new Error('BROKER_USER and BROKER_PASSWORD are what `endpoint create` was given.');
  createBroker(user, password, createDatabases()).listen(Number(port), () => console.log(`listening on ${port}`));
}

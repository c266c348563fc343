import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBroker, createDatabases } from '../../../examples/broker/server.ts';
import {
  createPublisher,
  createSpaces,
  type OperationCall,
  type Outcome,
} from '../../../examples/webhook-publisher/server.ts';
import type { Call } from './market.ts';
import { people } from './scene.ts';

/** A publisher's systems, as the examples that publishers start from. */
export interface Publishers {
  readonly spaces: ReturnType<typeof createSpaces>;
  /** What the webhook was told, in order; with the answer that it gives instead of the example's, if any. */
  readonly calls: { readonly type: string; readonly data: OperationCall }[];
  answer: ((type: string, data: OperationCall) => Outcome | undefined) | undefined;
  readonly databases: ReturnType<typeof createDatabases>;
  readonly webhookEndpointId: string;
  readonly brokerEndpointId: string;
  close(): Promise<void>;
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Starts both systems and tells the market where they are. */
export async function startPublishers(call: Call, publisherId: string): Promise<Publishers> {
  const spaces = createSpaces();
  const databases = createDatabases();
  const calls: Publishers['calls'] = [];
  let secret = '';
  const webhook = createPublisher(
    () => secret,
    (type, data) => {
      calls.push({ type, data });
      return publishers.answer?.(type, data) ?? spaces.handle(type, data);
    },
  );
  const broker = createBroker('market', 'a long password', databases);
  const endpoint = async (body: object): Promise<string> => {
    const answer = await call(people.publisher, 'POST /endpoints', { publisherId, ...body });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return String(answer.body.id);
  };
  const webhookEndpointId = await endpoint({ kind: 'webhook', url: `${await listening(webhook)}/hook` });
  secret = (await call(people.publisher, `POST /endpoints/${webhookEndpointId}/secret`)).body.secret;
  const credentials = { username: 'market', password: 'a long password' };
  const brokerEndpointId = await endpoint({ kind: 'broker', url: await listening(broker), ...credentials });
  const publishers: Publishers = {
    ...{ spaces, databases, calls, answer: undefined, webhookEndpointId, brokerEndpointId },
    async close() {
      for (const server of [webhook, broker]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  return publishers;
}

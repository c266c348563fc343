import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Serves one file on the loopback interface, as an image on the web is served, until this process ends. Answers its URL. */
export async function serveImage(file: string): Promise<string> {
  const server = createServer((_request, response) => void createReadStream(file).pipe(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/image.qcow2`;
}

import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { policies } from '../../../kernel/access/policy.ts';
import { Fault, notFound } from '../../../kernel/base/errors.ts';
import { isUuid } from '../../../kernel/base/ids.ts';
import { plainFault, Reply, route, type Service } from '../../../kernel/http/index.ts';
import { type Asker, guestMetadata, setGuestPassword } from '../operations/guest-metadata.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import type { FileContent } from '../ports.ts';

const passwordPath = /^\/openstack\/[^/]+\/password\/?$/;
const bodyLimit = 4096;

/**
 * What guests find at 169.254.169.254. To be served to the metadata proxy alone: by its headers it says which guest is
 * asking, and that is all that a guest has to show.
 */
export function metadataService(settings: ComputeSettings): Service {
  return {
    name: 'metadata',
    mount: '',
    faults: plainFault,
    routes: [
      route({
        method: 'GET',
        path: '/*',
        operation: 'metadata:get',
        policy: policies.public,
        async handler({ headers, url }) {
          const path = pathOf(url);
          return fileReply(path, await guestMetadata(settings, askerOf(headers), path));
        },
      }),
      route({
        method: 'POST',
        path: '/*',
        operation: 'metadata:password:set',
        policy: policies.public,
        body: 'stream',
        async handler({ headers, url, stream }) {
          const path = pathOf(url);
          if (!passwordPath.test(path)) throw notFound('Path', path);
          await setGuestPassword(settings, askerOf(headers), await text(stream));
        },
      }),
    ],
  };
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? '/';
}

/** As the proxy has set them, whatever the guest sent. */
function askerOf(headers: IncomingHttpHeaders): Asker {
  const { 'x-metadata-network': networkId, 'x-metadata-address': address } = headers;
  if (typeof networkId !== 'string' || typeof address !== 'string' || !isUuid(networkId))
    throw notFound('Instance', '');
  return { networkId, address };
}

function fileReply(path: string, content: FileContent): Reply {
  const type = path.endsWith('.json') ? 'application/json' : 'text/plain; charset=utf-8';
  return typeof content === 'string'
    ? new Reply({ headers: { 'Content-Type': type }, body: content })
    : new Reply({
        headers: { 'Content-Type': 'application/octet-stream' },
        body: Buffer.from(content.base64, 'base64'),
      });
}

async function text(stream: Readable): Promise<string> {
  let said = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    said += chunk;
    if (said.length > bodyLimit) throw new Fault('tooLarge', `The request body exceeds ${bodyLimit} bytes.`);
  }
  return said;
}

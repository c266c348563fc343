import { policies } from '../../../kernel/access/policy.ts';
import { Fault } from '../../../kernel/base/errors.ts';
import { type Method, type Route, route } from '../../../kernel/http/index.ts';

/** What Nova had and has no more: it answers 410, whatever the version. */
const gone: Readonly<Record<string, readonly Method[]>> = {
  'os-agents': ['GET', 'POST'],
  'os-agents/:id': ['PUT', 'DELETE'],
  'os-cells': ['GET', 'POST'],
  'os-certificates': ['POST'],
  'os-certificates/:id': ['GET'],
  'os-cloudpipe': ['GET', 'POST'],
  'os-fixed-ips/:id': ['GET'],
  'os-fixed-ips/:id/action': ['POST'],
  'os-floating-ip-dns': ['GET'],
  'os-floating-ips-bulk': ['GET', 'POST'],
  'os-floating-ips-bulk/:id': ['GET', 'PUT'],
  'os-fping': ['GET'],
  'os-fping/:id': ['GET'],
  'os-networks': ['POST'],
  'os-networks/add': ['POST'],
  'os-networks/:id': ['DELETE'],
  'os-networks/:id/action': ['POST'],
  'os-security-group-default-rules': ['GET', 'POST'],
  'os-security-group-default-rules/:id': ['GET', 'DELETE'],
  'os-tenant-networks': ['POST'],
  'os-tenant-networks/:id': ['DELETE'],
  'os-virtual-interfaces': ['GET'],
};

/** Routes that only say so. */
export function goneRoutes(): Route[] {
  return Object.entries(gone).flatMap(([path, methods]) =>
    methods.map((method) =>
      route({
        method,
        path: `/v2.1/${path}`,
        operation: `compute:gone:${path.split('/')[0]}`,
        policy: policies.projectReader,
        handler() {
          throw new Fault('notFound', 'This resource is no longer available. No forwarding address is given.', {
            status: 410,
          });
        },
      }),
    ),
  );
}

import { systemClock } from '../kernel/base/clock.ts';
import { type ComputeClient, createComputeClient } from './compute.ts';
import type { CloudAccess } from './credentials.ts';
import { createIdentityClient, type IdentityClient } from './identity.ts';
import { createImageClient, type ImageClient } from './image.ts';
import { createNetworkClient, type NetworkClient } from './network.ts';
import { createOrchestrationClient, type OrchestrationClient } from './orchestration.ts';
import { createServiceClient, type ServiceClient } from './service.ts';
import { createSession, type Session } from './session.ts';
import { createTransport, type TransportOptions } from './transport.ts';

export type * from './compute.ts';
export {
  accessFromEnvironment,
  type CloudAccess,
  type Credentials,
  type ProjectRef,
  type Ref,
  variablesOfCloud,
} from './credentials.ts';
export type * from './identity.ts';
export type * from './image.ts';
export type * from './network.ts';
export type * from './orchestration.ts';
export { type CallOptions, ifFound, pathOf, type ServiceClient } from './service.ts';
export type { CatalogEntry, Session, SignedIn } from './session.ts';
export { createTokenValidator, type TokenValidator, type ValidToken } from './tokens.ts';
export type { ApiAnswer, TransportOptions } from './transport.ts';

/**
 * An OpenStack cloud, as one caller sees it over its public API. The token is fetched when first needed, kept, and renewed.
 * Every failure is a `Fault`: the caller's own as the API said it, `engineUnavailable` when the cloud did not answer or
 * failed itself.
 */
export interface OpenStack {
  readonly session: Session;
  readonly identity: IdentityClient;
  readonly orchestration: OrchestrationClient;
  readonly compute: ComputeClient;
  readonly image: ImageClient;
  readonly network: NetworkClient;
  /** Any service of the catalog, e.g. `marketplace`, for calls that have no type here. */
  service(type: string): ServiceClient;
  /** Closes idle connections. */
  close(): void;
}

export interface OpenStackOptions extends TransportOptions {
  readonly now?: () => Date;
}

/** Opens a client; nothing is sent before the first call. */
export function openStack(access: CloudAccess, options: OpenStackOptions = {}): OpenStack {
  const transport = createTransport(options);
  const session = createSession(transport, access, options.now ?? systemClock.now);
  const service = (type: string) => createServiceClient(transport, session, () => session.endpoint(type));
  // These endpoints may be listed with their version or without.
  const versioned = (type: string, version: string) =>
    createServiceClient(transport, session, async () => {
      const url = await session.endpoint(type);
      return /\/v\d+(\.\d+)?$/.test(url) ? url : `${url}/${version}`;
    });
  const keystone = createServiceClient(transport, session, () => session.identityUrl());
  return {
    session,
    identity: createIdentityClient(keystone, session),
    orchestration: createOrchestrationClient(service('orchestration')),
    compute: createComputeClient(service('compute')),
    image: createImageClient(versioned('image', 'v2')),
    network: createNetworkClient(versioned('network', 'v2.0')),
    service,
    close: () => transport.close(),
  };
}

import Type, { type Static } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { badRequest } from '../../../kernel/base/errors.ts';
import {
  type ApiRequest,
  atLeast,
  caller,
  type MicroversionRange,
  type Route,
  route,
  version,
} from '../../../kernel/http/index.ts';
import { createKeypair, getKeypair, keyOwner, removeKeypair } from '../operations/keypairs.ts';
import type { ComputeSettings } from '../operations/settings.ts';
import { findKeypair, listKeypairs } from '../store/keypairs.ts';
import type { KeypairRow } from '../store/tables.ts';
import { nextLink, rawTime } from './links.ts';
import { pageOf, searchOf } from './paging.ts';
import { exact, keypairName } from './schemas.ts';

type Request = ApiRequest<Record<string, string>, unknown, unknown>;

/** Version 2.2 brought the type, 2.10 keys of other users, 2.35 pages. */
function typeOf(request: Request, { type }: KeypairRow): { type?: string } {
  return atLeast(request.version, '2.2') ? { type } : {};
}

function userOf(request: Request): string {
  const asked = atLeast(request.version, '2.10') ? searchOf(request).get('user_id') : null;
  return keyOwner(caller(request), asked ?? undefined);
}

function listView(request: Request, keypair: KeypairRow): unknown {
  return {
    keypair: {
      name: keypair.name,
      public_key: keypair.public_key,
      fingerprint: keypair.fingerprint,
      ...typeOf(request, keypair),
    },
  };
}

const base = { name: keypairName, public_key: Type.Optional(Type.String({ minLength: 1, maxLength: 65_535 })) };
const typed = { ...base, type: Type.Optional(Type.Union([Type.Literal('ssh'), Type.Literal('x509')])) };
const ofUser = { ...typed, user_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) };

type KeypairBody = Static<ReturnType<typeof exact<typeof ofUser>>>;

async function create(settings: ComputeSettings, request: Request): Promise<unknown> {
  const { keypair: body } = request.body as { keypair: KeypairBody };
  if (body.name !== body.name.trim()) throw badRequest('A keypair’s name neither begins nor ends with a space.');
  const { keypair, privateKey } = await createKeypair(settings, caller(request), {
    name: body.name,
    publicKey: body.public_key,
    type: body.type,
    userId: body.user_id,
  });
  return {
    keypair: {
      name: keypair.name,
      public_key: keypair.public_key,
      fingerprint: keypair.fingerprint,
      user_id: keypair.user_id,
      ...typeOf(request, keypair),
      ...(privateKey === undefined ? {} : { private_key: privateKey }),
    },
  };
}

async function list({ store }: ComputeSettings, request: Request): Promise<unknown> {
  const userId = userOf(request);
  const search = searchOf(request);
  const paged = atLeast(request.version, '2.35');
  const { limit, marker } = pageOf(paged ? search : new URLSearchParams());
  if (marker !== undefined && (await findKeypair(store.db, userId, marker)) === undefined) {
    throw badRequest(`marker [${marker.slice(0, 255)}] not found`);
  }
  const found = await listKeypairs(store.db, userId, { marker, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = found.length > limit && paged ? page.at(-1) : undefined;
  return {
    keypairs: page.map((keypair) => listView(request, keypair)),
    ...(last === undefined ? {} : { keypairs_links: nextLink(request.baseUrl, 'os-keypairs', search, last.name) }),
  };
}

const path = '/v2.1/os-keypairs';

function createRoute(
  settings: ComputeSettings,
  versions: Partial<MicroversionRange>,
  body: typeof base | typeof typed | typeof ofUser,
  status: number,
): Route {
  return route({
    method: 'POST',
    path,
    operation: 'compute:keypairs:create',
    policy: policies.projectMember,
    versions,
    status,
    body: exact({ keypair: exact(body) }),
    handler: (request) => create(settings, request),
  });
}

function deleteRoute(settings: ComputeSettings, versions: Partial<MicroversionRange>, status: number): Route {
  return route({
    method: 'DELETE',
    path: `${path}/:name`,
    operation: 'compute:keypairs:delete',
    policy: policies.projectMember,
    versions,
    status,
    handler: (request) => removeKeypair(settings, userOf(request), request.params.name ?? ''),
  });
}

/** A user's SSH keys. */
export function keypairRoutes(settings: ComputeSettings): Route[] {
  return [
    createRoute(settings, { max: version('2.1') }, base, 200),
    createRoute(settings, { min: version('2.2'), max: version('2.9') }, typed, 201),
    createRoute(settings, { min: version('2.10') }, ofUser, 201),
    route({
      method: 'GET',
      path,
      operation: 'compute:keypairs:list',
      policy: policies.projectReader,
      handler: (request) => list(settings, request),
    }),
    route({
      method: 'GET',
      path: `${path}/:name`,
      operation: 'compute:keypairs:get',
      policy: policies.projectReader,
      async handler(request) {
        const keypair = await getKeypair(settings, userOf(request), request.params.name ?? '');
        return {
          keypair: {
            name: keypair.name,
            public_key: keypair.public_key,
            fingerprint: keypair.fingerprint,
            user_id: keypair.user_id,
            created_at: rawTime(keypair.created_at),
            deleted: false,
            deleted_at: null,
            updated_at: null,
            id: Number(keypair.id),
            ...typeOf(request, keypair),
          },
        };
      },
    }),
    deleteRoute(settings, { max: version('2.1') }, 202),
    deleteRoute(settings, { min: version('2.2') }, 204),
  ];
}

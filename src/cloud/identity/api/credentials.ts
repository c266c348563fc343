import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { type ApiRequest, caller, type Route, route } from '../../../kernel/http/index.ts';
import { readsAll } from '../domain/access.ts';
import type { Environment } from '../environment.ts';
import {
  type Credential,
  createCredential,
  createEc2Credential,
  deleteCredential,
  ec2CredentialId,
  findCredential,
  listCredentials,
  parseKeys,
  updateCredential,
} from '../operations/credentials.ts';
import { unknown } from '../store/queries.ts';
import { unrestrictedToken } from './own-token.ts';
import { extraOf, forbidden, listReply, resource, selfOrAdmin } from './replies.ts';
import { bodyLimit, listQuery, nullable, ref, text } from './schemas.ts';

const attributes = {
  blob: text(65_535),
  type: text(255),
  project_id: Type.Optional(nullable(ref)),
  user_id: Type.Optional(ref),
};
const known = ['id', 'links', ...Object.keys(attributes)];
const params = Type.Object({ credentialId: ref });

/** What users keep with us: each their own, administrators everybody's. */
export function credentialRoutes(environment: Environment): Route[] {
  /** The credential, when it is the caller's (or the caller an administrator); for others there is none. */
  async function ownCredential(request: ApiRequest<{ credentialId: string }, unknown, unknown>, reading = false) {
    const { credentialId } = request.params;
    const found = await findCredential(environment, credentialId);
    const context = caller(request);
    const mine = found?.user_id === context.userId;
    if (found === undefined || !(mine || (reading ? readsAll(context) : context.isAdmin))) {
      throw unknown('credential', credentialId);
    }
    return found;
  }
  return [
    route({
      method: 'POST',
      path: '/v3/credentials',
      operation: 'identity:credentials:create',
      policy: policies.authenticated,
      status: 201,
      bodyLimit,
      body: Type.Object({ credential: Type.Object(attributes) }),
      handler: async (request) => {
        const { credential } = request.body;
        const { userId, isAdmin } = caller(request);
        await unrestrictedToken(environment, request, 'identity:create_credential');
        const owner = credential.user_id ?? userId;
        if (!isAdmin && owner !== userId) throw forbidden('identity:create_credential');
        const made = await createCredential(environment, {
          user_id: owner,
          project_id: credential.project_id ?? null,
          type: credential.type,
          blob: credential.blob,
          extra: extraOf(credential, known),
        });
        return { credential: view(request, made) };
      },
    }),
    route({
      method: 'GET',
      path: '/v3/credentials',
      operation: 'identity:credentials:list',
      policy: policies.authenticated,
      query: listQuery({ user_id: Type.Optional(ref), type: Type.Optional(ref) }),
      handler: async (request) => {
        const context = caller(request);
        const { user_id, ...rest } = request.query;
        const userId = readsAll(context) ? user_id : context.userId;
        const elsewhere = user_id !== undefined && user_id !== userId;
        const filter = { ...rest, ...(userId !== undefined && { userId }) };
        const rows = elsewhere ? [] : await listCredentials(environment, filter);
        return listReply(
          request,
          'credentials',
          rows.map((row) => view(request, row)),
        );
      },
    }),
    route({
      method: 'GET',
      path: '/v3/credentials/:credentialId',
      operation: 'identity:credentials:show',
      policy: policies.authenticated,
      params,
      handler: async (request) => ({ credential: view(request, await ownCredential(request, true)) }),
    }),
    route({
      method: 'PATCH',
      path: '/v3/credentials/:credentialId',
      operation: 'identity:credentials:update',
      policy: policies.authenticated,
      params,
      bodyLimit,
      body: Type.Object({ credential: Type.Partial(Type.Object(attributes)) }),
      handler: async (request) => {
        const { credential } = request.body;
        await unrestrictedToken(environment, request, 'identity:update_credential');
        const before = await ownCredential(request);
        const { isAdmin } = caller(request);
        if (!isAdmin && credential.user_id !== undefined && credential.user_id !== before.user_id) {
          throw forbidden('identity:update_credential');
        }
        const { blob, type, project_id, user_id } = credential;
        const changed = await updateCredential(environment, before.id, {
          ...(blob !== undefined && { blob }),
          ...(type !== undefined && { type }),
          ...(project_id !== undefined && { project_id }),
          ...(user_id !== undefined && { user_id }),
          extra: extraOf(credential, known),
        });
        return { credential: view(request, changed) };
      },
    }),
    route({
      method: 'DELETE',
      path: '/v3/credentials/:credentialId',
      operation: 'identity:credentials:delete',
      policy: policies.authenticated,
      params,
      status: 204,
      handler: async (request) => deleteCredential(environment, (await ownCredential(request)).id),
    }),
    ...ec2Routes(environment),
  ];
}

function view(request: { readonly baseUrl: string }, row: Credential) {
  const { id, user_id, project_id, type, blob, extra } = row;
  return resource(request, 'credentials', { id, user_id, project_id, type, blob }, extra);
}

const ec2Path = '/v3/users/:userId/credentials/OS-EC2';
const userParams = Type.Object({ userId: ref });
const accessParams = Type.Object({ userId: ref, access: ref });

/** Key pairs for EC2 and S3, as OS-EC2 shows them. */
function ec2Routes(environment: Environment): Route[] {
  async function ownKeys({ userId, access }: { userId: string; access: string }): Promise<Credential> {
    const found = await findCredential(environment, ec2CredentialId(access));
    if (found?.user_id !== userId) throw unknown('credential', access);
    return found;
  }
  return [
    route({
      method: 'POST',
      path: ec2Path,
      operation: 'identity:ec2_credentials:create',
      policy: policies.authenticated,
      params: userParams,
      status: 201,
      bodyLimit,
      body: Type.Object({ tenant_id: ref }),
      handler: async (request) => {
        const { userId } = request.params;
        selfOrAdmin(caller(request), userId, 'identity:ec2_create_credential');
        await unrestrictedToken(environment, request, 'identity:ec2_create_credential');
        const made = await createEc2Credential(environment, userId, request.body.tenant_id);
        return { credential: ec2View(request, made) };
      },
    }),
    route({
      method: 'GET',
      path: ec2Path,
      operation: 'identity:ec2_credentials:list',
      policy: policies.authenticated,
      params: userParams,
      handler: async (request) => {
        const { userId } = request.params;
        selfOrAdmin(caller(request), userId, 'identity:ec2_list_credentials');
        const rows = await listCredentials(environment, { userId, type: 'ec2' });
        const links = { next: null, previous: null, self: `${request.baseUrl}/v3/users/${userId}/credentials/OS-EC2` };
        return { links, credentials: rows.map((row) => ec2View(request, row)) };
      },
    }),
    route({
      method: 'GET',
      path: `${ec2Path}/:access`,
      operation: 'identity:ec2_credentials:show',
      policy: policies.authenticated,
      params: accessParams,
      handler: async (request) => {
        selfOrAdmin(caller(request), request.params.userId, 'identity:ec2_get_credential');
        return { credential: ec2View(request, await ownKeys(request.params)) };
      },
    }),
    route({
      method: 'DELETE',
      path: `${ec2Path}/:access`,
      operation: 'identity:ec2_credentials:delete',
      policy: policies.authenticated,
      params: accessParams,
      status: 204,
      handler: async (request) => {
        selfOrAdmin(caller(request), request.params.userId, 'identity:ec2_delete_credential');
        await deleteCredential(environment, (await ownKeys(request.params)).id);
      },
    }),
  ];
}

function ec2View({ baseUrl }: { readonly baseUrl: string }, { user_id, project_id, blob }: Credential) {
  const { access, secret } = parseKeys(blob);
  return {
    user_id,
    tenant_id: project_id,
    access,
    secret,
    trust_id: null,
    links: { self: `${baseUrl}/v3/users/${user_id}/credentials/OS-EC2/${access}` },
  };
}

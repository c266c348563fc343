import { Type } from 'typebox';
import { policies } from '../../../kernel/access/policy.ts';
import { type Route, route } from '../../../kernel/http/index.ts';
import { signInBySignature, signInBySignedText } from '../auth/signatures.ts';
import type { Environment } from '../environment.ts';
import { tokenReply } from './tokens.ts';

const text = Type.String({ maxLength: 65_536 });
const pairs = Type.Record(Type.String(), Type.Union([text, Type.Number(), Type.Boolean()]));
const signed = Type.Object({
  access: text,
  signature: text,
  host: Type.Optional(text),
  verb: Type.Optional(text),
  path: Type.Optional(text),
  params: Type.Optional(pairs),
  headers: Type.Optional(pairs),
  body_hash: Type.Optional(text),
});

/**
 * Tokens for requests that somebody signed with a key pair (EC2, S3). For services only: whoever saw a signed request
 * (a link to an object) could otherwise make it a token for everything.
 */
export function signatureRoutes(environment: Environment): Route[] {
  return [
    route({
      method: 'POST',
      path: '/v3/ec2tokens',
      operation: 'identity:ec2tokens:create',
      policy: policies.service,
      body: Type.Object({ credentials: Type.Optional(signed), ec2Credentials: Type.Optional(signed) }),
      handler: async ({ body }) => {
        const given = body.credentials ?? body.ec2Credentials;
        const { token, resolved } = await signInBySignature(environment, {
          access: given?.access ?? '',
          signature: given?.signature ?? '',
          host: given?.host ?? '',
          verb: given?.verb ?? '',
          path: given?.path ?? '',
          params: strings(given?.params),
          headers: strings(given?.headers),
          bodyHash: given?.body_hash ?? '',
        });
        return tokenReply(environment, token, resolved, true);
      },
    }),
    route({
      method: 'POST',
      path: '/v3/s3tokens',
      operation: 'identity:s3tokens:create',
      policy: policies.service,
      body: Type.Object({ credentials: Type.Object({ access: text, signature: text, token: text }) }),
      handler: async ({ body: { credentials } }) => {
        const { access, signature } = credentials;
        const signedText = Buffer.from(credentials.token, 'base64url');
        const { token, resolved } = await signInBySignedText(environment, { access, signature, text: signedText });
        return tokenReply(environment, token, resolved, true);
      },
    }),
  ];
}

function strings(values: Readonly<Record<string, string | number | boolean>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

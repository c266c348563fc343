import { readFileSync } from 'node:fs';
import type { Invitation } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { usageFailure } from '../failures.ts';
import { timeText } from '../market/render.ts';
import { record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { argument, type Noun, option, required, segment } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les liens par lesquels des personnes entrent dans une organisation',
    create: 'fait une invitation, bonne une semaine pour une personne ; son secret n’est montré que cette fois',
    list: 'les invitations d’une organisation',
    revoke: 'révoque une invitation',
    accept: 'accepte une invitation : vous êtes alors de l’organisation',
    organisation: 'identifiant de l’organisation',
    role: 'owner ou member',
    note: 'pour qui elle est, à votre façon',
    secretFile: 'fichier qui contient le secret ou le lien ; « - » pour l’entrée standard',
    noSecret: 'il n’y a pas là de secret d’invitation (ami_…)',
    id: 'identifiant',
    secret: 'secret',
    noteColumn: 'pour',
    roleColumn: 'rôle',
    state: 'état',
    until: 'jusqu’au',
    revoked: 'révoquée',
    joined: 'organisation',
  },
  en: {
    noun: 'the links by which people come into an organisation',
    create: 'makes an invitation, good for a week for one person; its secret is shown this once',
    list: 'the invitations of an organisation',
    revoke: 'revokes an invitation',
    accept: 'accepts an invitation: you then belong to the organisation',
    organisation: 'id of the organisation',
    role: 'owner or member',
    note: 'whom it is for, in your own words',
    secretFile: 'file that holds the secret or the link; “-” for standard input',
    noSecret: 'there is no secret of an invitation in it (ami_…)',
    id: 'id',
    secret: 'secret',
    noteColumn: 'for',
    roleColumn: 'role',
    state: 'state',
    until: 'until',
    revoked: 'revoked',
    joined: 'organisation',
  },
});

const sample = '0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07';

/** Invitations into organisations. */
export function invitationNoun(language: Language): Noun {
  const t = texts(language);
  return {
    name: 'invitation',
    text: t.noun,
    verbs: [
      {
        usage: 'create <organisation>',
        text: t.create,
        example: `create ${sample} --role member --note 'Gina, comptabilité' --cloud customer`,
        flags: [
          { flags: '--role <role>', text: t.role, preset: 'member' },
          { flags: '--note <text>', text: t.note },
        ],
        async run(call) {
          const asked = { role: required(call, 'role'), note: option(call, 'note') };
          const path = `/organisations/${segment(call)}/invitations`;
          const body = await call.market().post<Invitation & { secret: string }>(path, asked, call);
          const lines = record([
            [t.id, body.id],
            [t.secret, body.secret],
            [t.until, timeText(body.expiresAt)],
          ]);
          return { body, lines };
        },
      },
      {
        usage: 'list <organisation>',
        text: t.list,
        example: `list ${sample} --cloud customer`,
        async run(call) {
          const body = await call.market().all<Invitation>(`/organisations/${segment(call)}/invitations`);
          const lines = table(
            body,
            [
              [t.id, ({ id }) => id],
              [t.noteColumn, ({ note }) => note],
              [t.roleColumn, ({ role }) => role],
              [t.state, ({ state }) => state],
              [t.until, ({ expiresAt }) => timeText(expiresAt)],
            ],
            cliTexts(language).none,
          );
          return { body, lines };
        },
      },
      {
        usage: 'revoke <organisation> <invitation>',
        text: t.revoke,
        example: `revoke ${sample} 0199f2c6-3e4f-7a90-b1c2-5d6e7f809a1b --cloud customer`,
        async run(call) {
          await call.market().delete(`/organisations/${segment(call)}/invitations/${segment(call, 1)}`);
          const id = argument(call, 1);
          return { body: { id }, lines: record([[t.revoked, id]]) };
        },
      },
      {
        usage: 'accept',
        text: t.accept,
        example: 'accept --secret-file invitation.txt --cloud customer',
        flags: [{ flags: '--secret-file <file>', text: t.secretFile, required: true }],
        async run(call) {
          const secret = secretIn(required(call, 'secretFile'), t.noSecret);
          const body = await call
            .market()
            .post<{ name: string; role: string }>('/invitation-acceptances', { secret }, call);
          const lines = record([
            [t.joined, body.name],
            [t.roleColumn, body.role],
          ]);
          return { body, lines };
        },
      },
    ],
  };
}

/** Not an option's value: those are in the list of processes, for everybody on the machine to read. */
function secretIn(path: string, nothing: string): string {
  const secret = /ami_[A-Za-z0-9_-]{43}/.exec(readFileSync(path === '-' ? 0 : path, 'utf8'))?.[0];
  if (secret === undefined) throw usageFailure(`${path}: ${nothing}`);
  return secret;
}

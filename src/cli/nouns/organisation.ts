import type { Member, Organisation } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { type Answer, record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { many, type Noun, option, required, segment } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les personnes morales : opérateur, éditeurs, revendeurs, clients',
    create: 'admet une organisation (réservé à l’opérateur)',
    list: 'vos organisations ; toutes, pour l’opérateur',
    show: 'une organisation',
    members: 'les personnes d’une organisation',
    addMember: 'ajoute une personne (réservé aux propriétaires et à l’opérateur)',
    name: 'raison sociale',
    role: 'operator, publisher, reseller, integrator ou customer ; répétable',
    country: 'pays, ISO 3166-1 alpha-2',
    domain: 'identifiant du domaine Keystone où sont ses projets',
    owner: 'identifiant Keystone d’un propriétaire ; répétable',
    vatId: 'numéro de TVA intracommunautaire',
    review: 'ses versions d’offres attendent l’accord de l’opérateur',
    iban: 'compte bancaire (IBAN)',
    siren: 'SIREN ou autre numéro de registre',
    user: 'identifiant Keystone de la personne',
    memberRole: 'owner ou member',
    id: 'identifiant',
    nameColumn: 'nom',
    roles: 'rôles',
    countryColumn: 'pays',
    userColumn: 'personne',
    roleColumn: 'rôle',
    domainColumn: 'domaine',
  },
  en: {
    noun: 'legal persons: operator, publishers, resellers, customers',
    create: 'admits an organisation (the operator only)',
    list: 'your organisations; all of them for the operator',
    show: 'one organisation',
    members: 'the people of an organisation',
    addMember: 'adds a person (owners and the operator only)',
    name: 'registered name',
    role: 'operator, publisher, reseller, integrator or customer; may be repeated',
    country: 'country, ISO 3166-1 alpha-2',
    domain: 'id of the Keystone domain that holds its projects',
    owner: 'Keystone id of an owner; may be repeated',
    vatId: 'VAT identification number',
    review: 'its versions of offerings wait for the operator’s approval',
    iban: 'bank account (IBAN)',
    siren: 'SIREN or other register number',
    user: 'Keystone id of the person',
    memberRole: 'owner or member',
    id: 'id',
    nameColumn: 'name',
    roles: 'roles',
    countryColumn: 'country',
    userColumn: 'person',
    roleColumn: 'role',
    domainColumn: 'domain',
  },
});

/** Organisations and their people. */
export function organisationNoun(language: Language): Noun {
  const t = texts(language);
  const { none } = cliTexts(language);
  const one = (body: Organisation): Answer<Organisation> => ({
    body,
    lines: record([
      [t.id, body.id],
      [t.nameColumn, body.name],
      [t.roles, body.roles],
      [t.countryColumn, body.country],
      [t.domainColumn, body.domainId],
    ]),
  });
  return {
    name: 'organisation',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: "create --name 'Éditions du Phare' --role publisher --country FR --cloud admin",
        flags: [
          { flags: '--name <name>', text: t.name, required: true },
          { flags: '--role <role...>', text: t.role, required: true },
          { flags: '--country <code>', text: t.country, preset: 'FR' },
          { flags: '--domain <id>', text: t.domain },
          { flags: '--owner <id...>', text: t.owner },
          { flags: '--vat-id <number>', text: t.vatId },
          { flags: '--iban <iban>', text: t.iban },
          { flags: '--review-required', text: t.review },
          { flags: '--registration-number <number>', text: t.siren },
        ],
        async run(call) {
          const body = {
            ...{ name: required(call, 'name'), roles: many(call, 'role'), country: required(call, 'country') },
            ...{ domainId: option(call, 'domain'), owners: many(call, 'owner'), vatId: option(call, 'vatId') },
            iban: option(call, 'iban'),
            reviewRequired: call.options.reviewRequired === true,
            registrationNumber: option(call, 'registrationNumber'),
          };
          return one(await call.market().post('/organisations', body, call));
        },
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --cloud admin',
        async run(call) {
          const items = await call.market().all<Organisation>('/organisations');
          const lines = table(
            items,
            [
              [t.id, ({ id }) => id],
              [t.nameColumn, ({ name }) => name],
              [t.roles, ({ roles }) => roles],
              [t.countryColumn, ({ country }) => country],
            ],
            none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'show <organisation>',
        text: t.show,
        example: 'show 0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07 --output json --cloud admin',
        run: async (call) => one(await call.market().get(`/organisations/${segment(call)}`)),
      },
      {
        usage: 'members <organisation>',
        text: t.members,
        example: 'members 0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07 --cloud admin',
        async run(call) {
          const items = await call.market().all<Member>(`/organisations/${segment(call)}/members`);
          const lines = table(
            items,
            [
              [t.userColumn, ({ userId }) => userId],
              [t.roleColumn, ({ role }) => role],
            ],
            none,
          );
          return { body: items, lines };
        },
      },
      {
        usage: 'add-member <organisation>',
        text: t.addMember,
        example:
          'add-member 0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07 --user 6f3c1f0e9d4b4c0c8a51e1f6b7a2d3c4 --cloud admin',
        flags: [
          { flags: '--user <id>', text: t.user, required: true },
          { flags: '--role <role>', text: t.memberRole, preset: 'member' },
        ],
        async run(call) {
          const body = { userId: required(call, 'user'), role: required(call, 'role') };
          const path = `/organisations/${segment(call)}/members`;
          const member = await call.market().post<Member>(path, body, call);
          return {
            body: member,
            lines: record([
              [t.userColumn, member.userId],
              [t.roleColumn, member.role],
            ]),
          };
        },
      },
    ],
  };
}

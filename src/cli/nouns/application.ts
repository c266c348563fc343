import type { OrganisationApplication } from '../../client/market.ts';
import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { timeText } from '../market/render.ts';
import { type Answer, record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { argument, many, type Noun, option, required, segment } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les organisations qui demandent à être admises',
    create: 'demande que votre organisation soit admise ; vous en serez propriétaire',
    list: 'vos candidatures ; toutes, pour l’opérateur',
    show: 'une candidature, et ce qu’elle est devenue',
    admit: 'admet l’organisation (réservé à l’opérateur)',
    refuse: 'refuse, avec une raison que la candidate lira (réservé à l’opérateur)',
    withdraw: 'retire votre candidature',
    name: 'raison sociale',
    role: 'publisher, reseller, integrator ou customer ; répétable',
    country: 'pays, ISO 3166-1 alpha-2',
    vatId: 'numéro de TVA intracommunautaire',
    iban: 'compte bancaire (IBAN)',
    siren: 'SIREN ou autre numéro de registre',
    message: 'quelques mots pour l’opérateur',
    domain: 'identifiant du domaine Keystone où sont ses projets',
    review: 'ses versions d’offres attendront l’accord de l’opérateur',
    stateFlag: 'pending, admitted, refused ou withdrawn',
    reasonFlag: 'pourquoi',
    id: 'identifiant',
    nameColumn: 'nom',
    roles: 'rôles',
    countryColumn: 'pays',
    registration: 'registre',
    vatColumn: 'TVA',
    words: 'message',
    state: 'état',
    reason: 'raison',
    organisation: 'organisation',
    since: 'depuis',
    withdrawn: 'retirée',
  },
  en: {
    noun: 'organisations that ask to be admitted',
    create: 'asks for your organisation to be admitted; you will be its owner',
    list: 'your applications; all of them for the operator',
    show: 'one application, and what has become of it',
    admit: 'admits the organisation (the operator only)',
    refuse: 'refuses, with a reason that the applicant will read (the operator only)',
    withdraw: 'withdraws your application',
    name: 'registered name',
    role: 'publisher, reseller, integrator or customer; may be repeated',
    country: 'country, ISO 3166-1 alpha-2',
    vatId: 'VAT identification number',
    iban: 'bank account (IBAN)',
    siren: 'SIREN or other register number',
    message: 'a few words to the operator',
    domain: 'id of the Keystone domain that holds its projects',
    review: 'its versions of offerings will wait for the operator’s approval',
    stateFlag: 'pending, admitted, refused or withdrawn',
    reasonFlag: 'why',
    id: 'id',
    nameColumn: 'name',
    roles: 'roles',
    countryColumn: 'country',
    registration: 'register',
    vatColumn: 'VAT',
    words: 'message',
    state: 'state',
    reason: 'reason',
    organisation: 'organisation',
    since: 'since',
    withdrawn: 'withdrawn',
  },
});

const sample = '0199f2c4-5d31-7b0a-9a55-2f3f6a1c8e07';

/** Organisations that ask to be admitted. */
export function applicationNoun(language: Language): Noun {
  const t = texts(language);
  const one = (body: OrganisationApplication): Answer<OrganisationApplication> => ({
    body,
    lines: record([
      [t.id, body.id],
      [t.nameColumn, body.name],
      [t.roles, body.roles],
      [t.countryColumn, body.country],
      [t.registration, body.registrationNumber],
      [t.vatColumn, body.vatId],
      [t.words, body.message],
      [t.state, body.state],
      [t.reason, body.reason],
      [t.organisation, body.organisationId],
    ]),
  });
  return {
    name: 'application',
    text: t.noun,
    verbs: [
      {
        usage: 'create',
        text: t.create,
        example: "create --name 'Éditions du Phare' --role publisher --registration-number 732829320 --cloud publisher",
        flags: [
          { flags: '--name <name>', text: t.name, required: true },
          { flags: '--role <role...>', text: t.role, required: true },
          { flags: '--country <code>', text: t.country, preset: 'FR' },
          { flags: '--vat-id <number>', text: t.vatId },
          { flags: '--iban <iban>', text: t.iban },
          { flags: '--registration-number <number>', text: t.siren },
          { flags: '--message <text>', text: t.message },
        ],
        async run(call) {
          const body = {
            ...{ name: required(call, 'name'), roles: many(call, 'role'), country: required(call, 'country') },
            ...{ vatId: option(call, 'vatId'), iban: option(call, 'iban'), message: option(call, 'message') },
            registrationNumber: option(call, 'registrationNumber'),
          };
          return one(await call.market().post('/applications', body, call));
        },
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --state pending --cloud admin',
        flags: [{ flags: '--state <state>', text: t.stateFlag }],
        async run(call) {
          const body = await call
            .market()
            .all<OrganisationApplication>('/applications', { state: option(call, 'state') });
          const lines = table(
            body,
            [
              [t.id, ({ id }) => id],
              [t.nameColumn, ({ name }) => name],
              [t.roles, ({ roles }) => roles],
              [t.state, ({ state }) => state],
              [t.since, ({ createdAt }) => timeText(createdAt)],
            ],
            cliTexts(language).none,
          );
          return { body, lines };
        },
      },
      {
        usage: 'show <application>',
        text: t.show,
        example: `show ${sample} --cloud publisher`,
        run: async (call) => one(await call.market().get(`/applications/${segment(call)}`)),
      },
      {
        usage: 'admit <application>',
        text: t.admit,
        example: `admit ${sample} --review-required --cloud admin`,
        flags: [
          { flags: '--domain <id>', text: t.domain },
          { flags: '--review-required', text: t.review },
        ],
        async run(call) {
          const reviewRequired = call.options.reviewRequired === true;
          const body = { decision: 'admit', domainId: option(call, 'domain'), reviewRequired };
          return one(await call.market().post(`/applications/${segment(call)}/decision`, body, call));
        },
      },
      {
        usage: 'refuse <application>',
        text: t.refuse,
        example: `refuse ${sample} --reason 'The register does not know this number.' --cloud admin`,
        flags: [{ flags: '--reason <text>', text: t.reasonFlag, required: true }],
        async run(call) {
          const body = { decision: 'refuse', reason: required(call, 'reason') };
          return one(await call.market().post(`/applications/${segment(call)}/decision`, body, call));
        },
      },
      {
        usage: 'withdraw <application>',
        text: t.withdraw,
        example: `withdraw ${sample} --cloud publisher`,
        async run(call) {
          await call.market().delete(`/applications/${segment(call)}`);
          const id = argument(call);
          return { body: { id }, lines: record([[t.withdrawn, id]]) };
        },
      },
    ],
  };
}

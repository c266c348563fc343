import { defineCatalogue, type Language } from '../../kernel/base/i18n.ts';
import { record, table } from '../output.ts';
import { cliTexts } from '../texts.ts';
import { many, type Noun, required } from '../verbs.ts';

const texts = defineCatalogue({
  fr: {
    noun: 'les projets que le nuage avait avant la place de marché',
    import: 'admet les projets et leurs personnes ; répété, n’ajoute que ce qui est nouveau (réservé à l’opérateur)',
    list: 'les projets importés',
    by: 'ce qu’est une organisation dans ce nuage : domain ou project',
    country: 'pays des organisations admises, ISO 3166-1 alpha-2',
    except: 'nom d’un projet ou d’un domaine que personne ne paie ; répétable',
    found: 'trouvés',
    imported: 'nouveaux',
    organisations: 'organisations admises',
    members: 'personnes ajoutées',
    project: 'projet',
    domain: 'domaine',
    name: 'nom',
    organisation: 'organisation',
  },
  en: {
    noun: 'the projects that the cloud had before the market',
    import: 'admits projects and their people; repeated, it only adds what is new (the operator only)',
    list: 'the projects that were imported',
    by: 'what an organisation is in that cloud: domain or project',
    country: 'country of the organisations, ISO 3166-1 alpha-2',
    except: 'name of a project or domain that nobody pays for; may be repeated',
    found: 'found',
    imported: 'new',
    organisations: 'organisations admitted',
    members: 'people added',
    project: 'project',
    domain: 'domain',
    name: 'name',
    organisation: 'organisation',
  },
});

interface Import {
  readonly projects: number;
  readonly imported: number;
  readonly organisations: number;
  readonly members: number;
}

interface Project {
  readonly projectId: string;
  readonly name: string;
  readonly domainName: string;
  readonly organisationId: string;
}

/** Projects of a cloud in front of which the market was put. */
export function projectNoun(language: Language): Noun {
  const t = texts(language);
  return {
    name: 'project',
    text: t.noun,
    verbs: [
      {
        usage: 'import',
        text: t.import,
        example: 'import --by domain --except service --cloud admin',
        flags: [
          { flags: '--by <what>', text: t.by, preset: 'domain' },
          { flags: '--country <code>', text: t.country, preset: 'FR' },
          { flags: '--except <name...>', text: t.except },
        ],
        async run(call) {
          const wanted = { by: required(call, 'by'), country: required(call, 'country'), except: many(call, 'except') };
          const body = await call.market().post<Import>('/project-imports', wanted, call);
          const lines = record([
            [t.found, body.projects],
            [t.imported, body.imported],
            [t.organisations, body.organisations],
            [t.members, body.members],
          ]);
          return { body, lines };
        },
      },
      {
        usage: 'list',
        text: t.list,
        example: 'list --cloud admin',
        async run(call) {
          const body = await call.market().all<Project>('/projects');
          const lines = table(
            body,
            [
              [t.project, ({ projectId }) => projectId],
              [t.name, ({ name }) => name],
              [t.domain, ({ domainName }) => domainName],
              [t.organisation, ({ organisationId }) => organisationId],
            ],
            cliTexts(language).none,
          );
          return { body, lines };
        },
      },
    ],
  };
}

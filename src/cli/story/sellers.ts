import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Agreement, Offering, Organisation, Plan, Store } from '../../client/market.ts';
import type { KnownActor } from './people.ts';
import type { Stage } from './stage.ts';
import { storyTexts } from './texts.ts';

/** As a person in the clone would write it. */
const templateFile = relative(process.cwd(), resolve(import.meta.dirname, '../../../examples/web-page/template.yaml'));

/** The story's names and prices. */
export const cast = {
  operator: 'Andromède',
  publisherPercent: '70',
  offering: { fr: 'Page web', en: 'Web page' },
  description: { fr: 'Une page web sur son propre serveur.', en: 'A web page on a server of its own.' },
  plan: { fr: 'À la minute', en: 'By the minute', rate: '0.12', cap: '30.00' },
  store: { slug: 'hermine', name: 'Hermine', logo: 'H', margin: '20', colour: 'primary=#0a7d55' },
} as const;

/** Makes the organisation unless it is there, and the person its owner. */
export async function organisation(
  stage: Stage,
  name: string,
  role: string,
  actor?: KnownActor,
): Promise<Organisation> {
  const all = await stage.look<Organisation[]>('admin', 'organisation', 'list');
  const known = all.find(
    (one) => one.roles.includes(role) && (role === 'operator' || one.domainId === actor?.domainId),
  );
  if (known === undefined) {
    const place = actor === undefined ? [] : ['--domain', actor.domainId, '--owner', actor.userId];
    return stage.type('admin', 'organisation', 'create', '--name', name, '--role', role, ...place);
  }
  stage.note(storyTexts(stage.language).found(known.name));
  return known;
}

/** Agrees on the publisher's share, signed by both, unless that is what holds. */
export async function agreement(stage: Stage, publisherId: string): Promise<void> {
  const all = await stage.look<Agreement[]>('admin', 'agreement', 'list', '--publisher', publisherId);
  const rules = all
    .filter(({ state }) => state === 'signed')
    .toSorted((a, b) => a.version - b.version)
    .at(-1)?.rules;
  const percent = rules?.length === 1 && rules[0]?.kind === 'percentOfRemainder' ? rules[0].percent : undefined;
  if (percent === cast.publisherPercent) return;
  const share = ['--publisher-percent', cast.publisherPercent];
  const proposed = await stage.type<Agreement>('admin', 'agreement', 'create', '--publisher', publisherId, ...share);
  await stage.type('publisher', 'agreement', 'sign', proposed.id);
}

/** What the store sells. */
export interface Sale {
  readonly offeringId: string;
  readonly planId: string;
}

/** Writes, prices and publishes the offering; what is there already is taken as it is. */
export async function publishOffering(stage: Stage, publisherId: string): Promise<Sale> {
  const content = [
    ...['--template', templateFile, '--title-fr', cast.offering.fr, '--title-en', cast.offering.en],
    ...['--description-fr', cast.description.fr, '--description-en', cast.description.en],
  ];
  const mine = await stage.look<Offering[]>('publisher', 'offering', 'list');
  const known = mine.find((one) => one.publisherId === publisherId && one.versions[0]?.title.fr === cast.offering.fr);
  const create = () => stage.type<Offering>('publisher', 'offering', 'create', '--publisher', publisherId, ...content);
  const offering = known ?? (await create());
  const { id } = offering;
  if (known !== undefined) stage.note(storyTexts(stage.language).found(known.versions[0]?.title[stage.language] ?? id));
  let [latest] = offering.versions;
  if (latest?.fulfilment.template !== readFileSync(templateFile, 'utf8')) {
    latest = await stage.type('publisher', 'offering', 'new-version', id, ...content);
  }
  const planId = await plan(stage, offering);
  if (latest?.publishedAt === null) {
    await stage.type('publisher', 'offering', 'publish', id, '--version', String(latest.number));
  }
  return { offeringId: id, planId };
}

async function plan(stage: Stage, { id, plans }: Offering): Promise<string> {
  const { fr, en, rate, cap } = cast.plan;
  const isOurs = ({ name, price: { components } }: Plan) =>
    name.fr === fr && components[0]?.rate === rate && components[0].monthlyCap?.amount === cap;
  const known = plans.find(isOurs);
  if (known !== undefined) return known.id;
  const price = ['--rate', rate, '--unit', 'minute', '--monthly-cap', cap];
  const made = await stage.type<Plan>(
    ...(['publisher', 'plan', 'create', '--offering', id, '--name-fr', fr, '--name-en', en, ...price] as const),
  );
  return made.id;
}

/** Opens the store, or gives the one that is there the same brand, margin and goods. */
export async function openStore(stage: Stage, resellerId: string, { offeringId }: Sale): Promise<Store> {
  const { slug, name, logo, margin, colour } = cast.store;
  const content = [
    ...['--name', name, '--logo', logo, '--margin', margin, '--colour', colour],
    ...['--offering', offeringId],
  ];
  const known = (await stage.look<Store[]>('reseller', 'store', 'list')).find((one) => one.slug === slug);
  if (known !== undefined) return stage.type('reseller', 'store', 'update', known.id, ...content);
  return stage.type('reseller', 'store', 'create', '--reseller', resellerId, '--slug', slug, ...content);
}

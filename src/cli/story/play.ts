import type { Bill, InvoiceDraft, Order, Quote, Split, Store, Subscription } from '../../client/market.ts';
import { CommandFailure } from '../failures.ts';
import { minorOf, moneyText } from '../market/render.ts';
import { waitFor } from '../waiting.ts';
import { type Inventory, inventory } from './inventory.ts';
import { discrepancies } from './money.ts';
import { download, fileBytes, openPage } from './page.ts';
import { type Actor, type KnownActor, makeActor, passwordsIn, writePeople } from './people.ts';
import { agreement, cast, openStore, organisation, publishOffering, type Sale } from './sellers.ts';
import { type Stage, secondsText } from './stage.ts';
import { takeOver } from './take-over.ts';
import { storyTexts } from './texts.ts';

const actors = {
  publisher: { person: 'publisher', domain: 'Éditions du Phare', project: 'phare', user: 'lea' },
  reseller: { person: 'reseller', domain: 'Boutiques Hermine', project: 'hermine', user: 'yann' },
  employee: { person: 'employee', domain: 'Ateliers Mercier', project: 'mercier', user: 'camille' },
} as const satisfies Record<string, Actor>;

type Variables = Readonly<Record<string, string | undefined>>;

export interface StoryOptions {
  readonly stage: Stage;
  /** The operator's own `OS_*`, which the people's file repeats. */
  readonly admin: Variables;
  readonly peopleFile: string;
  readonly keep: boolean;
  /** The cloud is somebody else's: what it has is imported first; its servers may be such that no page is to be expected. */
  readonly foreign: boolean;
}

/** What the story leaves. */
export interface StoryEnd {
  readonly subscriptionId: string;
  readonly url: string;
  readonly store: Store;
  readonly invoice: InvoiceDraft;
  readonly split: Split;
}

/** Plays the whole story; rejects at the first thing that is not as told. */
export async function playStory({ stage, admin, peopleFile, keep, foreign }: StoryOptions): Promise<StoryEnd> {
  const t = storyTexts(stage.language);
  writePeople(peopleFile, admin, castOf(peopleFile));
  await stage.step(t.signIn, () => stage.type('admin', 'organisation', 'list'));
  if (foreign) await takeOver(stage);
  const { publisherId, resellerId, customerId } = await stage.step(t.people_, () => gather(stage, peopleFile));
  const sale = await stage.step(t.offering, () => publishOffering(stage, publisherId));
  const store = await stage.step(t.store, () => openStore(stage, resellerId, sale));
  const quote = await stage.step(t.price, () => seePrice(stage, customerId, sale));
  const before = await inventory(stage.cloud('employee'));
  const subscription = await stage.step(t.order, () => order(stage, quote));
  const url = String(subscription.outputs.url ?? '');
  if (!foreign) await stage.step(t.page, () => visit(stage, url));
  await stage.step(t.usage, () => usageFlows(stage, subscription.id));
  let { invoice, split } = await stage.step(t.invoice, () => bill(stage, subscription.id));
  if (keep) {
    stage.note(t.stillRuns(url));
  } else {
    const during = await inventory(stage.cloud('employee'));
    await stage.step(t.end, () => terminate(stage, subscription.id, before, during));
    ({ invoice, split } = await stage.step(t.final, () => finalise(stage, subscription.id)));
  }
  return { subscriptionId: subscription.id, url, store, invoice, split };
}

/** Everybody with a password: the one of an earlier telling, or a new one. */
function castOf(peopleFile: string): { actor: Actor; password: string }[] {
  const passwordOf = passwordsIn(peopleFile);
  return Object.values(actors).map((actor) => ({ actor, password: passwordOf(actor.person) }));
}

/** People and organisations, and what operator and publisher share. */
async function gather(
  stage: Stage,
  peopleFile: string,
): Promise<{ publisherId: string; resellerId: string; customerId: string }> {
  const t = storyTexts(stage.language);
  const known: KnownActor[] = [];
  for (const { actor, password } of castOf(peopleFile)) {
    known.push(await makeActor(stage.cloud('admin'), actor, password));
    stage.note(t.actor(actor.domain, actor.project, actor.user));
  }
  const [publisher, reseller, employee] = known;
  await organisation(stage, cast.operator, 'operator');
  const { id: publisherId } = await organisation(stage, actors.publisher.domain, 'publisher', publisher);
  const { id: resellerId } = await organisation(stage, actors.reseller.domain, 'reseller', reseller);
  const { id: customerId } = await organisation(stage, actors.employee.domain, 'customer', employee);
  await agreement(stage, publisherId);
  return { publisherId, resellerId, customerId };
}

async function seePrice(stage: Stage, customerId: string, { offeringId, planId }: Sale): Promise<Quote> {
  const { slug } = cast.store;
  await stage.type('employee', 'storefront', 'offers', slug);
  const what = ['--store', slug, '--offering', offeringId, '--plan', planId, '--organisation', customerId];
  const title = `title=${storyTexts(stage.language).pageTitle}`;
  return stage.type('employee', 'quote', 'create', ...what, '--parameter', title);
}

async function order(stage: Stage, quote: Quote): Promise<Subscription> {
  const { id, subscriptionId } = await stage.type<Order>('employee', 'order', 'create', '--quote', quote.id);
  await stage.type('employee', 'order', 'watch', id);
  return stage.type('employee', 'subscription', 'show', subscriptionId);
}

async function visit(stage: Stage, url: string): Promise<void> {
  const t = storyTexts(stage.language);
  if (url === '') throw new CommandFailure(t.noUrl);
  stage.note(`$ curl ${url}`);
  const startedAt = performance.now();
  const page = await openPage(url, stage.language);
  if (!page.includes(t.pageTitle)) throw new CommandFailure(t.wrongPage(url, t.pageTitle));
  stage.note(`  ${t.pageSeen(t.pageTitle, secondsText(performance.now() - startedAt, stage.language))}`);
  const file = new URL('100M', url).href;
  stage.note(`$ curl --output /dev/null ${file}`);
  const ms = await download(file, stage.language);
  const rate = new Intl.NumberFormat(stage.language, { maximumFractionDigits: 1 }).format(fileBytes / 1048.576 / ms);
  stage.note(`  ${t.downloaded(secondsText(ms, stage.language), rate)}`);
}

/** Waits until something is to be paid, then shows it. */
async function usageFlows(stage: Stage, subscriptionId: string): Promise<void> {
  const look = async () => {
    const cost = await stage.look<Bill>('employee', 'subscription', 'cost', subscriptionId);
    return minorOf(cost.totalWithoutVat) > 0n ? cost : undefined;
  };
  const inVain = () => storyTexts(stage.language).noUsage;
  await waitFor(look, { seconds: 180, everyMs: 1000, inVain });
  await stage.type('employee', 'subscription', 'cost', subscriptionId);
}

async function bill(stage: Stage, subscriptionId: string): Promise<{ invoice: InvoiceDraft; split: Split }> {
  const invoice = await stage.type<InvoiceDraft>('admin', 'invoice', 'draft', subscriptionId);
  const split = await stage.type<Split>('admin', 'invoice', 'split', invoice.id);
  check(stage, invoice, split);
  return { invoice, split };
}

function check(stage: Stage, invoice: InvoiceDraft, split: Split): void {
  const t = storyTexts(stage.language);
  const wrong = discrepancies(invoice, split);
  if (wrong.length > 0) throw new CommandFailure(t.doesNotAddUp(wrong.join('; ')));
  const { totalWithoutVat, totalVat, total } = invoice;
  const shares = split.shares.map(({ amount }) => moneyText(amount, stage.language)).join(' + ');
  const [vat, sum] = [totalVat, total].map((amount) => moneyText(amount, stage.language));
  stage.note(t.addsUp(`${shares} = ${moneyText(totalWithoutVat, stage.language)}`, vat ?? '', sum ?? ''));
}

/** Ends the subscription; everything that its order has made must be gone from the project. */
async function terminate(stage: Stage, subscriptionId: string, before: Inventory, during: Inventory): Promise<void> {
  const t = storyTexts(stage.language);
  const made = [...during].filter((thing) => !before.has(thing));
  await stage.type('employee', 'subscription', 'terminate', subscriptionId, '--wait');
  const after = await inventory(stage.cloud('employee'));
  const left = made.filter((thing) => after.has(thing));
  if (left.length > 0) throw new CommandFailure(t.notFreed(left.join(', ')));
  stage.note(t.freed(made.length));
}

async function finalise(stage: Stage, subscriptionId: string): Promise<{ invoice: InvoiceDraft; split: Split }> {
  const { id } = await stage.type<InvoiceDraft>('admin', 'invoice', 'draft', subscriptionId);
  const invoice = await stage.type<InvoiceDraft>('admin', 'invoice', 'finalise', id);
  const split = await stage.type<Split>('admin', 'invoice', 'split', id);
  check(stage, invoice, split);
  await stage.type('admin', 'ledger', 'balances');
  return { invoice, split };
}

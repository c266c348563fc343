import { relative, resolve } from 'node:path';
import type { Amount } from '../../client/market.ts';
import { minorOf } from '../market/render.ts';
import { waitFor } from '../waiting.ts';
import type { Stage } from './stage.ts';
import { storyTexts } from './texts.ts';

const tariffFile = relative(process.cwd(), resolve(import.meta.dirname, '../../../examples/shadow-tariff.yaml'));

/** The usage of a bus is reported after half a minute, by slices of ten seconds. */
const behindSeconds = 45;

interface Reckoned {
  readonly totalWithoutVat: Amount;
}

/** What comes before the store is opened in front of somebody else's cloud: its projects, and a month without charging. */
export async function takeOver(stage: Stage): Promise<void> {
  const t = storyTexts(stage.language);
  await stage.step(t.import, async () => {
    const nobodys = ['admin', 'service', 'heat'].flatMap((name) => ['--except', name]);
    await stage.type('admin', 'project', 'import', '--by', 'domain', ...nobodys);
    await stage.type('admin', 'project', 'list');
  });
  await stage.step(t.shadow, () => shadowBill(stage));
}

async function shadowBill(stage: Stage): Promise<void> {
  const t = storyTexts(stage.language);
  const month = new Date().toISOString().slice(0, 7);
  const reckon = ['shadow-bill', 'create', '--month', month, '--price', tariffFile] as const;
  const look = async () => {
    const { totalWithoutVat } = await stage.look<Reckoned>('admin', ...reckon);
    return minorOf(totalWithoutVat) > 0n ? true : undefined;
  };
  await waitFor(look, { seconds: 180, everyMs: 2000, inVain: () => t.noShadow });
  await stage.type('admin', ...reckon);
  await stage.type('admin', 'shadow-bill', 'list', '--month', month);
  stage.note(t.behind(behindSeconds));
}

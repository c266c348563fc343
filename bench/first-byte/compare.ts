/**
 * From an order to the first byte of its web page, beside the same server started by hand, in turn: medians and their ratio.
 *
 *     node bench/first-byte/compare.ts [--runs 10] [--docs]
 *
 * As root, on a machine that is set up (`npm run setup`). Raises a cloud of its own and takes it down again.
 * `--docs` writes the table of `docs/`.
 */
import { execFileSync } from 'node:child_process';
import { linkSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openShop } from '../../tests/harness/market.ts';
import { type RealCloud, startRealCloud } from '../../tests/harness/real-cloud.ts';
import { median } from '../openstack/report.ts';
import { type Model, startByHand } from './by-hand.ts';
import { guestOf, order } from './ordered.ts';
import { writeDocs } from './report.ts';

/** The most that an order may take, as a multiple of what it takes by hand. */
const goal = 1.3;
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10' }, docs: { type: 'boolean', default: false } },
});

/** What is to be started by hand, read off the server that runs: whatever it is, it is the same. */
function modelOf(cloud: RealCloud, serverId: string): Model {
  const guest = guestOf(cloud, serverId);
  const image = `${cloud.dataDir}/by-hand.img`;
  linkSync(`${guest.folder}/base.img`, image);
  const info = execFileSync('qemu-img', ['info', '-U', '--output=json', `${guest.folder}/disk.qcow2`]);
  const drive = ['-i', `${guest.folder}/config-2.img`, '::/openstack/latest/user_data'];
  const userData = execFileSync('mtype', drive, { encoding: 'utf8' });
  return { guest, image, size: JSON.parse(info.toString())['virtual-size'], userData };
}

const seconds = (value: number): string => value.toFixed(2);
const seen = { ordered: [] as number[], byHand: [] as number[] };
const cloud = await startRealCloud();
try {
  const [admin, customer] = [await cloud.signIn('admin'), await cloud.signIn('demo')];
  const shop = await openShop(admin, customer);
  let model: Model | undefined;
  for (let run = 1; run <= Number(values.runs); run += 1) {
    const server = await order(customer, shop);
    model ??= modelOf(cloud, server.serverId);
    await server.end();
    const byHand = await startByHand(model);
    seen.ordered.push(server.seconds);
    seen.byHand.push(byHand);
    console.log(`${run}: ordered ${seconds(server.seconds)} s, by hand ${seconds(byHand)} s`);
  }
} finally {
  await cloud.destroy();
}
const [ordered, byHand] = [median(seen.ordered), median(seen.byHand)];
const ratio = ordered / byHand;
console.log(
  `medians: ordered ${seconds(ordered)} s, by hand ${seconds(byHand)} s, ratio ${ratio.toFixed(2)}, goal ${goal} at most`,
);
if (values.docs) writeDocs({ ordered, byHand, ratio, goal, runs: seen.ordered.length });
process.exitCode = ratio <= goal ? 0 : 1;

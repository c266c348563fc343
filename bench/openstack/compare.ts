/**
 * Our cloud beside a real OpenStack, in one run: each measure of both in turn, several rounds, medians and their ratio.
 *
 *     node bench/openstack/compare.ts --ours DIR/openrc --peer OPENRC [--rounds 3] [--only NAME]… [--docs]
 *
 * Debian's `wrk` makes the load. Both must be empty clouds on this machine, whose admin has a flavor and an image: ours on the simulated engine
 * (`bin/andromede up --engine simulated`), the peer with Nova's fake driver. `--docs` writes the tables of `docs/`.
 */
import { parseArgs } from 'node:util';
import { type Measure, measures } from './measures.ts';
import { type Figure, median, ratioOf, writeDocs } from './report.ts';
import { openTarget, type Target } from './target.ts';

const { values } = parseArgs({
  options: {
    ours: { type: 'string' },
    peer: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true },
    docs: { type: 'boolean', default: false },
  },
});
if (values.ours === undefined || values.peer === undefined) {
  console.error(
    'usage: node bench/openstack/compare.ts --ours DIR/openrc --peer OPENRC [--rounds N] [--only NAME]… [--docs]',
  );
  process.exit(2);
}

/** Alternates between the two, so that whatever else the machine does falls on both. */
async function compare(measure: Measure, [ours, peer]: readonly [Target, Target], rounds: number): Promise<Figure> {
  const undo = [await measure.prepare?.(ours), await measure.prepare?.(peer)];
  const seen = { ours: [] as number[], peer: [] as number[] };
  for (let round = 0; round < Math.min(rounds, measure.rounds ?? rounds); round += 1) {
    seen.ours.push(await measure.run(ours));
    seen.peer.push(await measure.run(peer));
  }
  for (const remove of undo) await remove?.();
  const { name, title, unit, goal } = measure;
  return { name, title, unit, goal, ours: median(seen.ours), peer: median(seen.peer) };
}

const targets = [await openTarget(values.ours), await openTarget(values.peer)] as const;
const figures: Figure[] = [];
let missed = 0;
for (const measure of measures.filter(({ name }) => values.only === undefined || values.only.includes(name))) {
  const figure = await compare(measure, targets, Number(values.rounds));
  figures.push(figure);
  const ratio = ratioOf(figure);
  if (figure.goal !== undefined && ratio < figure.goal) missed += 1;
  const goal = figure.goal === undefined ? '' : `, goal ${figure.goal}`;
  const precise = (value: number) => value.toPrecision(4);
  console.log(
    `${measure.name}: ours ${precise(figure.ours)} ${figure.unit}, peer ${precise(figure.peer)} ${figure.unit}, ratio ${ratio.toFixed(1)}${goal}`,
  );
}
for (const target of targets) await target.close();
if (values.docs) writeDocs(figures, Number(values.rounds));
process.exitCode = missed === 0 ? 0 : 1;

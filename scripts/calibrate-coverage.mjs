/**
 * Measures whether the intervals of `balloon-sim calibrate` mean what they say: draws costs, simulates recordings with them,
 * calibrates from the machine `lab`, and counts how often the 90 % intervals contain the drawn costs.
 *
 * Usage (after `npm run build`): node scripts/calibrate-coverage.mjs [SETS [FIRST]]
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { calibrate } from "../dist/sim/calibrate/calibrate.js";
import { withAge } from "../dist/sim/calibrate/model.js";
import { PoolReplayer } from "../dist/sim/calibrate/pool-replayer.js";
import { simulatedRecording } from "../dist/sim/calibrate/simulated-recording.js";
import { readRun } from "../dist/sim/fidelity/read-run.js";
import { randomStream } from "../dist/sim/random/stream.js";
import { bundledMachine } from "../dist/sim/trace/machines.js";
import { COST_FIELDS } from "../dist/sim/trace/types.js";
import { exp, ln } from "../dist/sim/tune/elementary.js";

const RUNS = fileURLToPath(new URL("../test/sim/fidelity/runs/", import.meta.url));
/**
 * Scenarios of a set, one set after the other: each twice, in different worlds; and the costs on which none of them can depend:
 * none writes files, and these have no swap, or touch no memory again.
 */
const SETS = [
  { names: ["static-swap", "spike-swap"], idle: ["touchNs", "fileWriteNs"] },
  { names: ["touched-swap", "cache-swap"], idle: ["fileWriteNs"] },
  { names: ["spike-swap", "reread-swap"], idle: ["touchNs", "fileWriteNs"] },
  { names: ["static-swap-512m", "spike-touched"], idle: ["fileWriteNs"] },
  { names: ["cache", "oom-noswap"], idle: ["swapWriteNs", "swapReadNs", "touchNs", "fileWriteNs"] },
];
/** Largest factor between a drawn cost and that of the base. */
const FACTOR = 3;

const [sets = 50, first = 0] = process.argv.slice(2).map(Number);
const base = bundledMachine("lab");
const counts = new Map(COST_FIELDS.map((field) => [field, { told: 0, covered: 0, width: 0 }]));
let idleCosts = 0;
let keptIdle = 0;
for (let set = first; set < first + sets; set++) {
  const random = randomStream("coverage", `set ${set}`);
  const drawn = Object.fromEntries(
    COST_FIELDS.map((field) => [field, base.costs[field] * exp(ln(FACTOR) * (2 * random() - 1))]),
  );
  const truth = withAge(base.costs, drawn);
  const { names, idle } = SETS[set % SETS.length];
  const runs = names.flatMap((name, i) =>
    [0, 1].map((n) =>
      simulatedRecording(readRun(join(RUNS, `${name}.1.csv`)), base, truth, 100_000 + 10 * set + 2 * i + n),
    ),
  );
  const replayer = new PoolReplayer({ runs, machine: base }, availableParallelism());
  const begin = performance.now();
  const { costs, before, after } = await calibrate(runs, base.costs, replayer);
  await replayer.stop();
  idleCosts += idle.length;
  keptIdle += costs.filter(({ field, intervalNs }) => idle.includes(field) && intervalNs === null).length;
  const parts = costs.map(({ field, fittedNs, intervalNs, status }) => {
    if (intervalNs === null)
      return `${field} ${status === "without effect" ? "-" : status} (${(fittedNs / truth[field]).toFixed(2)})`;
    const [low, high] = intervalNs;
    const isCovered = low <= truth[field] && truth[field] <= high;
    const count = counts.get(field);
    count.told++;
    count.covered += isCovered ? 1 : 0;
    count.width += ln(high / low);
    return `${field} ${(truth[field] / fittedNs).toFixed(2)} in x/${Math.sqrt(high / low).toFixed(2)}${isCovered ? "" : " MISSED"}`;
  });
  console.log(
    `set ${set} (${names.join(", ")}): ${before.score.toFixed(3)} -> ${after.score.toFixed(3)}, ${((performance.now() - begin) / 1000).toFixed(0)} s: ${parts.join(", ")}`,
  );
}
console.log("cost, told, covered, mean width of the interval as a factor");
let told = 0;
let covered = 0;
for (const [field, count] of counts) {
  told += count.told;
  covered += count.covered;
  console.log(
    `${field} ${count.told} ${count.covered} ${count.told === 0 ? "-" : exp(count.width / count.told).toFixed(2)}`,
  );
}
console.log(`${covered} of ${told} intervals contain the drawn cost (${((100 * covered) / told).toFixed(0)} %)`);
console.log(`${keptIdle} of ${idleCosts} costs that can't matter are not identifiable`);

/**
 * Fits the costs of the machine `lab` to recorded runs of the kernel lab: a search along one cost after the other, with
 * smaller and smaller steps, for what brings the curves of the runs' replays nearest to the recorded ones. Deterministic.
 *
 * Usage (after `npm run build`): node scripts/fit-lab.mjs [--write] [RUN.csv…]
 * Without runs: those of test/sim/fidelity/runs that `scenarios.json` there names. The machine with the fitted costs goes to
 * standard output; --write puts it into the package's machine file. test/sim/guest/model-page.test.ts then says which rows
 * of docs/profiles.md to change.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compare } from "../dist/sim/fidelity/compare.js";
import { readRun } from "../dist/sim/fidelity/read-run.js";
import { replay } from "../dist/sim/fidelity/replay.js";
import { scenariosOf } from "../dist/sim/fidelity/scenario.js";
import { MACHINES, machineText } from "../dist/sim/trace/machines.js";
import { COST_FIELDS } from "../dist/sim/trace/types.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RUNS = join(ROOT, "test/sim/fidelity/runs");
const MACHINE_FILE = join(ROOT, "src/sim/trace/machines/lab.json");

/** Nothing dirties files in the runs. */
const FITTED = COST_FIELDS.filter((field) => field !== "fileWriteNs");
/** Factors by which a cost is changed, one round after the other. */
const FACTORS = [2, 1.5, 1.25, 1.1, 1.05];
/** A curve that is off by more times its limit counts as this: it must not drown the others. */
const WORST = 10;
/** What a step must gain to be taken, as a part of the score: a cost that the runs hardly tell stays where it is. */
const LEAST_GAIN = 0.003;

/** Paths of the runs that the fit may see. */
function fitRuns() {
  const { fit } = JSON.parse(readFileSync(join(RUNS, "scenarios.json"), "utf8"));
  return readdirSync(RUNS)
    .filter((name) => fit.includes(name.replace(/\.\d+\.csv$/, "")))
    .sort()
    .map((name) => join(RUNS, name));
}

/** Mean over all curves of how many times its limit each is off; what is not killed as it should be counts as the worst. */
function score(runs, costs) {
  const scenarios = scenariosOf(runs.map((run) => compare(run, replay(run, costs))));
  const parts = scenarios.flatMap(({ curves, oom }) => [
    ...curves.map(({ error, limit }) => Math.min(WORST, error / limit)),
    oom.isWithin ? 0 : WORST,
  ]);
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

/** A cost with two digits, which is all that the runs can tell. */
function rounded(ns) {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(ns)) - 1);
  return Math.max(1, Math.round(ns / unit) * unit);
}

/** Goes along one cost as long as that helps; returns the best costs and their score. */
function along(runs, field, factor, best) {
  for (const step of [factor, 1 / factor]) {
    let hasMoved = false;
    for (;;) {
      const costs = { ...best.costs, [field]: rounded(best.costs[field] * step) };
      if (costs[field] === best.costs[field]) break;
      const tried = { costs, score: score(runs, costs) };
      if (tried.score > best.score * (1 - LEAST_GAIN)) break;
      best = tried;
      hasMoved = true;
    }
    if (hasMoved) break;
  }
  return best;
}

function fitCosts(runs, costs) {
  let best = { costs, score: score(runs, costs) };
  console.error(`begin: ${best.score.toFixed(4)}`);
  for (const factor of FACTORS) {
    for (let before = Number.POSITIVE_INFINITY; best.score < before; ) {
      before = best.score;
      for (const field of FITTED) best = along(runs, field, factor, best);
      console.error(`steps of ${factor}: ${best.score.toFixed(4)} ${JSON.stringify(best.costs)}`);
    }
  }
  return best;
}

const args = process.argv.slice(2);
const paths = args.filter((arg) => arg !== "--write");
const runs = (paths.length > 0 ? paths : fitRuns()).map(readRun);
const machine = MACHINES.get("lab");
const best = fitCosts(runs, machine.costs);
const text = machineText({ ...machine, costs: best.costs });
process.stdout.write(text);
if (args.includes("--write")) writeFileSync(MACHINE_FILE, text);

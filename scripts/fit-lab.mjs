/**
 * Fits the costs of the machine `lab` to recorded runs of the kernel lab: a coordinate search with decreasing steps
 * that minimizes the differences between the curves of the recorded runs and of their replays. Deterministic.
 *
 * Usage (after `npm run build`): node scripts/fit-lab.mjs [--write] [RUN.csv…] Without runs: those that
 * test/sim/fidelity/runs/scenarios.json lists for the fit. The machine with the fitted costs is printed on standard
 * output; --write writes it to the package's machine file. test/sim/guest/model-page.test.ts then reports which rows of
 * docs/profiles.md to change.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compare } from "../dist/sim/fidelity/compare.js";
import { readRun } from "../dist/sim/fidelity/read-run.js";
import { replay } from "../dist/sim/fidelity/replay.js";
import { scenariosOf } from "../dist/sim/fidelity/scenario.js";
import { MACHINES } from "../dist/sim/trace/all-machines.js";
import { machineText } from "../dist/sim/trace/machines.js";
import { COST_FIELDS } from "../dist/sim/trace/types.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RUNS = join(ROOT, "test/sim/fidelity/runs");
const MACHINE_FILE = join(ROOT, "src/sim/trace/machines/lab.json");

/** The runs have no dirty files. */
const FITTED = COST_FIELDS.filter((field) => field !== "fileWriteNs");
/** Factors by which a cost is changed, one round after the other. */
const FACTORS = [2, 1.5, 1.25, 1.1, 1.05];
/** Maximum error of a curve in units of its limit, so that one curve does not dominate the score. */
const WORST = 10;
/** Minimum relative gain of a step: a cost to which the runs are insensitive stays unchanged. */
const LEAST_GAIN = 0.003;

/** Paths of the runs for the fit. */
function fitRuns() {
  const { fit } = JSON.parse(readFileSync(join(RUNS, "scenarios.json"), "utf8"));
  return readdirSync(RUNS)
    .filter((name) => fit.includes(name.replace(/\.\d+\.csv$/, "")))
    .sort()
    .map((name) => join(RUNS, name));
}

/** Mean over all curves of the error in units of its limit; a wrong result of OOM kills counts as the maximum. */
function score(runs, costs) {
  const scenarios = scenariosOf(runs.map((run) => compare(run, replay(run, costs))));
  const parts = scenarios.flatMap(({ curves, oom }) => [
    ...curves.map(({ error, limit }) => Math.min(WORST, error / limit)),
    oom.isWithin ? 0 : WORST,
  ]);
  return parts.reduce((sum, part) => sum + part, 0) / parts.length;
}

/** A cost rounded to two significant digits, the precision of the fit. */
function rounded(ns) {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(ns)) - 1);
  return Math.max(1, Math.round(ns / unit) * unit);
}

/** Steps along one cost while the score improves; returns the best costs and their score. */
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

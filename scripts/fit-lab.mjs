/**
 * Fits the costs of the machine `lab` to recorded runs of the kernel lab, as `balloon-sim calibrate` does. Deterministic.
 *
 * Usage (after `npm run build`): node scripts/fit-lab.mjs [--write] [RUN.csv…] Without runs: those that
 * test/sim/fidelity/runs/scenarios.json lists for the fit. The machine with the fitted costs is printed on standard
 * output; --write writes it to the package's machine file. test/sim/guest/model-page.test.ts then reports which rows of
 * docs/profiles.md to change, and `npm run fidelity:docs` shows whether the scenarios that test the fit are predicted better.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { calibrate } from "../dist/sim/calibrate/calibrate.js";
import { calibratedMachine } from "../dist/sim/calibrate/calibrated-machine.js";
import { PoolReplayer } from "../dist/sim/calibrate/pool-replayer.js";
import { calibrationText } from "../dist/sim/cli/print-calibration.js";
import { readRun } from "../dist/sim/fidelity/read-run.js";
import { bundledMachine, machineText } from "../dist/sim/trace/machines.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const RUNS = join(ROOT, "test/sim/fidelity/runs");
const MACHINE_FILE = join(ROOT, "src/sim/trace/machines/lab.json");

/** Paths of the runs for the fit. */
function fitRuns() {
  const { fit } = JSON.parse(readFileSync(join(RUNS, "scenarios.json"), "utf8"));
  return readdirSync(RUNS)
    .filter((name) => fit.includes(name.replace(/\.\d+\.csv$/, "")))
    .sort()
    .map((name) => join(RUNS, name));
}

const args = process.argv.slice(2);
const paths = args.filter((arg) => arg !== "--write");
const runs = (paths.length > 0 ? paths : fitRuns()).map((path) => readRun(path));
const machine = bundledMachine("lab");
const replayer = new PoolReplayer({ runs, machine }, availableParallelism());
const calibration = await calibrate(runs, machine.costs, replayer, console.error).finally(() => replayer.stop());
console.error(calibrationText(calibration, machine, runs));
const facts = { name: machine.name, isDaemon: false, program: "scripts/fit-lab.mjs", recordings: [] };
const { costs } = calibratedMachine(calibration, machine, facts);
const text = machineText({ ...machine, costs });
process.stdout.write(text);
if (args.includes("--write")) writeFileSync(MACHINE_FILE, text);

/** The time of a study, with one worker and with two: 100,000 trials of `spike` should take minutes. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { n, seconds } from "./measure.mjs";

const bin = fileURLToPath(new URL("../bin/balloon-sim.js", import.meta.url));
const MANY = 100_000;
const LIMIT_MINUTES = 15;

/** Wall-clock seconds of a study with `trials` trials. */
function study(trials, workers) {
  const args = ["tune", "spike", "--minimize", "time_to_target", "--minimize", "stall_full", "--quiet"];
  args.push("--trials", String(trials), "--workers", String(workers));
  return seconds(() => {
    const { status } = spawnSync(process.execPath, [bin, ...args], { stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error(`tune ended with ${status}`);
  });
}

function measureWorkers(workers, trials) {
  const perTrial = study(trials, workers) / trials;
  return { workers, millisecondsPerTrial: perTrial * 1e3, minutesForMany: (perTrial * MANY) / 60 };
}

export const measure = (smoke) => [1, 2].map((workers) => measureWorkers(workers, smoke ? 200 : 5000));

export const lines = (measured) => [
  "studies: tune spike, nsga2",
  ...measured.map(
    ({ workers, millisecondsPerTrial, minutesForMany }) =>
      `  ${workers} ${workers === 1 ? "worker: " : "workers:"} ${n(millisecondsPerTrial, 2)} ms a trial, ${n(MANY)} trials in ${n(minutesForMany, 1)} minutes`,
  ),
];

export const isGood = (measured, smoke) => smoke || measured[1].minutesForMany < LIMIT_MINUTES;

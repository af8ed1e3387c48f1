/**
 * The time to generate the page of a study of 10,000 trials, and the time until a browser has drawn its first charts. A
 * few trials are executed and then repeated under other numbers, which makes no difference to the page.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { n, seconds } from "./measure.mjs";
import { openTimes } from "./open-page.mjs";

const COMMAND = fileURLToPath(new URL("../bin/balloon-sim.js", import.meta.url));
const TRIALS = 10_000;
const RUN = 200;
const LIMIT_SECONDS = 2;

const tune = [
  ...["tune", "spike", "ramp", "--holdout", "sawtooth", "--minimize", "time_to_target", "--minimize", "stall_full"],
  ...["--sampler", "random", "--trials", String(RUN), "-q"],
];

export async function measure(smoke) {
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    const [study, page] = [join(directory, "my.study"), join(directory, "page.html")];
    const run = (...args) => {
      const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
    };
    run(...tune, "--study", study);
    multiply(study);
    const madeSeconds = seconds(() => run("report", study, "-o", page));
    const opened = await openTimes(page, "#front-chart canvas", smoke ? 1 : 7);
    return { trials: TRIALS, madeSeconds, pageBytes: statSync(page).size, ...opened };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Makes a study of 10,000 trials from a study of a few. */
function multiply(study) {
  const [header, ...lines] = readFileSync(study, "utf8").trimEnd().split("\n");
  const trials = lines.map((line) => JSON.parse(line)).filter((line) => "trial" in line);
  const [reference, ...others] = trials;
  const many = Array.from({ length: TRIALS }, (_, i) => ({ ...others[i % others.length], trial: i + 1 }));
  writeFileSync(study, [header, ...[reference, ...many].map((trial) => JSON.stringify(trial)), ""].join("\n"));
}

export const lines = (s) => [
  "report",
  `  a study of ${n(s.trials)} trials: made in ${n(s.madeSeconds, 2)} s, ${n(s.pageBytes / 1e6, 1)} MB`,
  s.openedSeconds === undefined
    ? "  not opened: there is no Chromium (CHROMIUM names one)"
    : `  opened in ${n(s.openedSeconds, 2)} s, of which the page's thread worked ${n(s.workedSeconds, 2)} s (at most ${LIMIT_SECONDS} s wanted)`,
];

export const isGood = (s, smoke) => smoke || s.openedSeconds === undefined || s.openedSeconds <= LIMIT_SECONDS;

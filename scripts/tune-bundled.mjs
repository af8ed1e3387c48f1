// Finds the driver's constants that are wrong for some guests: tunes on each bundled trace alone and determines which
// changes are sufficient. Prints the table of docs/tuning.md; usage: node scripts/tune-bundled.mjs [TRIALS] [TRACE…]
// Works on the compiled package.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundledTraces } from "../dist/sim/trace/bundled.js";

import { StudyAnalysis } from "../dist/sim/tune/study/analysis.js";
import { InlineEvaluator } from "../dist/sim/tune/study/evaluator.js";
import { readStudy } from "../dist/sim/tune/study/read-study.js";
import { recommend } from "../dist/sim/tune/study/recommend.js";
import { Reruns } from "../dist/sim/tune/study/reruns.js";
import { spaceOf } from "../dist/sim/tune/study/study-space.js";
import { readTraceText } from "../dist/sim/tune/study/trace-text.js";

const [trials = "2000", ...chosen] = process.argv.slice(2);
/** The idle month has no memory pressure. */
const SKIPPED = ["idle-month"];
const GOALS = ["time_to_target", "stall_full"];
/** The traces of the last row, which are tuned on together. */
const TOGETHER = ["spike", "thrash", "cache-heavy", "no-swap-oom", "recorded/anonymous-waves", "recorded/page-cache"];
/** Objectives that must not become worse than with the driver's constants, in any trace. */
const KEPT = ["oom_kills", "long_cycles", "unreached"];

const bin = fileURLToPath(new URL("../bin/balloon-sim.js", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "balloon-tuning-"));

/** The constants of the fastest trial that is no worse than the driver's in any goal. */
function fastest({ header, trials: all, front, improvements }) {
  const better = front.find(({ trial }) => improvements.some((one) => one.trial === trial));
  if (better === undefined) return header.reference;
  return spaceOf(header).ratesOf(all[better.trial].point);
}

const number = (value) => (Number.isInteger(value) ? String(value) : value.toPrecision(3));

/** A row of the table: the result of tuning on these traces, without changes that do not contribute to the gain. */
async function row(name, traces) {
  const study = join(directory, `${name.replaceAll("/", "-")}.jsonl`);
  const args = ["tune", ...traces, "--trials", trials, "--judge-worlds", "1", "--study", study, "--quiet"];
  for (const goal of GOALS) args.push("--minimize", goal);
  for (const objective of KEPT) args.push("--require", `${objective} <= reference`);
  execFileSync(process.execPath, [bin, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  const analysis = new StudyAnalysis(readStudy(study));
  const evaluator = new InlineEvaluator({ ...analysis.header, traces: traces.map(readTraceText) });
  const reruns = new Reruns(analysis.header, evaluator, 1);
  const { rates, needed, tuned } = await recommend(fastest(analysis), reruns, () => {});
  const pair = (objective) =>
    [tuned.reference, tuned.own].map((one) => number(reruns.byWorld(one, "tune", objective)[0])).join(" → ");
  const changes = [...needed]
    .sort((a, b) => (a.lost === b.lost ? 0 : b.lost - a.lost))
    .map(({ param: { key, name: flag }, lost }) => {
      const part = lost >= 1 ? "all" : `${Math.round(lost * 100)} %`;
      return `\`${flag}\` ${analysis.header.reference[key]} → ${rates[key]} (${part})`;
    });
  const cells = [...GOALS, "swap_traffic"].map(pair);
  return `| ${[name, ...cells, changes.join(", ") || "none"].join(" | ")} |`;
}

try {
  console.log("| trace | time_to_target, s | stall_full, s | swap_traffic, pages | changes that are needed |");
  console.log("|---|---|---|---|---|");
  const traces = chosen.length > 0 ? chosen : bundledTraces().filter((name) => !SKIPPED.includes(name));
  for (const trace of traces) console.log(await row(trace, [trace]));
  if (chosen.length === 0) console.log(await row("*those under pressure*", TOGETHER));
} finally {
  rmSync(directory, { recursive: true });
}

// Which of the driver's constants are wrong for which guests: tunes on each bundled trace by itself and says which changes
// are enough. Prints the table of docs/tuning.md; usage: node scripts/tune-bundled.mjs [TRIALS] [TRACE…]
// Works on the compiled package.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_RATES, RATE_FIELDS } from "../dist/engine/index.js";
import { OBJECTIVES } from "../dist/sim/objectives/index.js";
import { bundledTraces } from "../dist/sim/trace/bundled.js";
import { Space } from "../dist/sim/tune/space.js";
import { StudyAnalysis } from "../dist/sim/tune/study/analysis.js";
import { readStudy } from "../dist/sim/tune/study/read-study.js";
import { Runner } from "../dist/sim/tune/study/runner.js";
import { readTraceText } from "../dist/sim/tune/study/trace-text.js";

const [trials = "2000", ...chosen] = process.argv.slice(2);
/** Nothing is under pressure in a month in which nothing happens. */
const SKIPPED = ["idle-month"];
const GOALS = ["time_to_target", "stall_full"];
/** What is tuned on together, in the end. */
const TOGETHER = ["spike", "thrash", "cache-heavy", "no-swap-oom", "recorded/anonymous-waves", "recorded/page-cache"];
/** What must not become worse than with the driver's constants. */
const KEPT = ["oom_kills", "long_cycles", "unreached"];
/** How much of what a change gains may be lost when it is left out. */
const TOLERANCE = 0.02;

const bin = fileURLToPath(new URL("../bin/balloon-sim.js", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "balloon-tuning-"));
const index = (name) => OBJECTIVES.findIndex((objective) => objective.name === name);

/** What traces come to with some constants, each objective's mean over them: a function of the constants. */
function evaluatorOf(traces) {
  const runner = new Runner({ traces: traces.map(readTraceText), seeds: ["1"] });
  return async (rates) => {
    const runs = [];
    for (const trace of traces.keys()) {
      const result = await runner.run({ rates, trace, seed: 0 });
      if (!result.ok) throw new Error(`${traces[trace]}: ${result.error}`);
      runs.push(result.values);
    }
    return OBJECTIVES.map((_, i) => runs.reduce((sum, values) => sum + values[i], 0) / runs.length);
  };
}

/** The fastest trial that is no worse than the driver's constants in any goal. */
function fastest(study) {
  const analysis = new StudyAnalysis(readStudy(study));
  const [reference] = analysis.outcomes;
  const better = analysis.front.filter(({ values }) => values.every((value, i) => value <= reference.values[i]));
  const { header, trials: all } = analysis;
  const space = new Space(header.parameters, header.base, header.reference);
  const trial = better[0]?.trial ?? 0;
  return trial === 0 ? DEFAULT_RATES : space.ratesOf(all[trial].point);
}

/** Puts back every constant that the gain does not need, the one that loses least first. */
async function necessary(tuned, evaluate) {
  const before = await evaluate(DEFAULT_RATES);
  const after = await evaluate(tuned);
  const loss = (values) =>
    Math.max(
      ...GOALS.map((goal) => {
        const i = index(goal);
        const gained = Math.abs(before[i] - after[i]);
        return values[i] <= after[i] ? 0 : gained === 0 ? Number.POSITIVE_INFINITY : (values[i] - after[i]) / gained;
      }),
      ...KEPT.map((name) => (values[index(name)] > before[index(name)] ? Number.POSITIVE_INFINITY : 0)),
    );
  let rates = tuned;
  for (;;) {
    const changed = RATE_FIELDS.filter(({ key }) => rates[key] !== DEFAULT_RATES[key]);
    const options = await Promise.all(
      changed.map(async ({ key }) => {
        const without = { ...rates, [key]: DEFAULT_RATES[key] };
        const isValid = without.allocMin <= without.allocMax && without.freeMin <= without.freeMax;
        return { without, loss: isValid ? loss(await evaluate(without)) : Number.POSITIVE_INFINITY };
      }),
    );
    const best = options.sort((a, b) => a.loss - b.loss)[0];
    if (best === undefined || best.loss > TOLERANCE) break;
    rates = best.without;
  }
  const losses = [];
  for (const { key, flag } of RATE_FIELDS) {
    if (rates[key] === DEFAULT_RATES[key]) continue;
    const values = await evaluate({ ...rates, [key]: DEFAULT_RATES[key] });
    losses.push({ flag, was: DEFAULT_RATES[key], is: rates[key], lost: loss(values) });
  }
  return { before, after: await evaluate(rates), losses };
}

const number = (value) => (Number.isInteger(value) ? String(value) : value.toPrecision(3));
const pair = (before, after, name) => `${number(before[index(name)])} → ${number(after[index(name)])}`;

/** A row of the table: what tuning on these traces comes to. */
async function row(name, traces) {
  const evaluate = evaluatorOf(traces);
  const study = join(directory, `${name.replaceAll("/", "-")}.jsonl`);
  const args = ["tune", ...traces, "--trials", trials, "--study", study, "--quiet"];
  for (const goal of GOALS) args.push("--minimize", goal);
  for (const objective of KEPT) {
    const values = await Promise.all(
      traces.map(async (trace) => (await evaluatorOf([trace])(DEFAULT_RATES))[index(objective)]),
    );
    args.push("--require", `${objective} <= ${Math.max(...values)}`);
  }
  execFileSync(process.execPath, [bin, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  const { before, after, losses } = await necessary(fastest(study), evaluate);
  const changes = losses
    .sort((a, b) => b.lost - a.lost)
    .map(
      ({ flag, was, is, lost }) => `\`${flag}\` ${was} → ${is} (${lost >= 1 ? "all" : `${Math.round(lost * 100)} %`})`,
    );
  const cells = [...GOALS, "swap_traffic"].map((objective) => pair(before, after, objective));
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

// Measures, in one run, ratios that hold on any machine: `npm run bench`, `npm run bench -- --json`, `-- --smoke`.
// Works on the compiled package, as users run it.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_RATES, Engine, Request } from "../dist/engine/index.js";
import { openTrace, Simulation } from "../dist/sim/index.js";
import { benchImport, importIsGood, importLines } from "./import.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const shared = join(root, "../shared");
const json = process.argv.includes("--json");
const smoke = process.argv.includes("--smoke");

const CYCLES = smoke ? 600 : 3000;
const PERIOD = 60;
const PAGES = 983_100;
const repeats = smoke ? 3 : 9;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const seconds = (work) => {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

/** The oracle's own schedule: the target flips every PERIOD cycles, all succeeds but each `refuseEvery`-th LOCK. */
function engineSchedule(refuseEvery) {
  const engine = new Engine(DEFAULT_RATES);
  let locks = 0;
  let target = 0;
  const work = (first) => {
    let request = first;
    while (request !== Request.None) {
      const { count } = engine.state;
      let a = 0;
      let b = 0;
      if (request === Request.TotalPages) a = 1 << 22;
      else if (request === Request.GetTarget) b = target;
      else if (request === Request.Allocate || request === Request.Unlock) a = count;
      else if (request === Request.Lock) {
        const accepted = refuseEvery === 0 ? count : Math.min(count, refuseEvery - 1 - (locks % refuseEvery));
        a = accepted;
        b = accepted < count ? 5 : 0;
        locks += Math.min(count, accepted + 1);
      }
      request = engine.step(a, b);
    }
  };
  work(engine.load());
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    target = Math.floor(cycle / PERIOD) % 2 === 1 ? 0 : PAGES;
    work(engine.cycle());
  }
  return engine.state;
}

/** The reference driver's page-by-page loops, compiled; null where they are not at hand. */
function driverSchedule() {
  const seed = join(shared, "seed/000_541a5363c822f335.txt");
  if (!existsSync(seed) || spawnSync("gcc", ["--version"]).status !== 0) return null;
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  cpSync(join(shared, "oracle"), directory, { recursive: true, mode: 0 });
  execFileSync("chmod", ["-R", "u+w", directory]);
  execFileSync(join(directory, "build.sh"), [seed], { stdio: "ignore" });
  const run = (refuseEvery) => {
    const args = [
      "--bench",
      String(CYCLES),
      String(PERIOD),
      String(PAGES),
      ...(refuseEvery > 0 ? [String(refuseEvery)] : []),
    ];
    const [head, row] = execFileSync(join(directory, "oracle"), args, { encoding: "utf8" }).trim().split("\n");
    return { seconds: Number(/seconds ([0-9.]+)/.exec(head)[1]), row };
  };
  return { run, remove: () => rmSync(directory, { recursive: true }) };
}

const finalRow = (s) =>
  [
    CYCLES - 1,
    s.size,
    s.target,
    s.rateAlloc,
    s.rateFree,
    s.slow,
    s.resetRequired,
    s.refused,
    s.timer,
    s.start,
    s.startFail,
    s.guestType,
    s.guestTypeFail,
    s.lock,
    s.lockFail,
    s.unlock,
    s.unlockFail,
    s.targetCount,
    s.targetFail,
    s.alloc,
    s.allocFail,
    s.sleepAlloc,
    s.sleepAllocFail,
    s.free,
    s.refusedAlloc,
    s.refusedFree,
    s.yields,
  ].join(",");

function benchEngine() {
  const driver = driverSchedule();
  const rows = [];
  for (const refuseEvery of [0, 1000]) {
    engineSchedule(refuseEvery);
    const engine = median(Array.from({ length: repeats }, () => seconds(() => engineSchedule(refuseEvery))));
    const name = refuseEvery === 0 ? "every page accepted" : `one page in ${refuseEvery} refused`;
    if (driver === null) {
      rows.push({ name, engineCyclesPerSecond: CYCLES / engine, skipped: "../shared/oracle or gcc is missing" });
      continue;
    }
    const runs = Array.from({ length: Math.min(repeats, 3) }, () => driver.run(refuseEvery));
    const theirs = median(runs.map((r) => r.seconds));
    const same = runs[0].row === finalRow(engineSchedule(refuseEvery));
    rows.push({ name, engineCyclesPerSecond: CYCLES / engine, timesTheDriver: theirs / engine, sameFinalRow: same });
  }
  driver?.remove();
  return rows;
}

function benchRuns() {
  return ["spike", "thrash", "idle-month"].map((trace) => {
    const once = () => {
      const simulation = new Simulation(openTrace(trace), { rates: DEFAULT_RATES });
      let events = 0;
      while (simulation.runFor(1)) events++;
      return { events, virtual: simulation.view.timeUs / 1e6 };
    };
    const cold = seconds(once);
    const { events, virtual } = once();
    const warm = median(Array.from({ length: repeats }, () => seconds(once)));
    return {
      trace,
      events,
      coldSeconds: cold,
      seconds: warm,
      eventsPerSecond: events / warm,
      timesRealTime: virtual / warm,
    };
  });
}

function benchStart() {
  const time = (args) =>
    median(
      Array.from({ length: repeats }, () => seconds(() => spawnSync(process.execPath, args, { stdio: "ignore" }))),
    );
  const node = time(["-e", "0"]);
  const run = time([join(root, "bin/balloon-sim.js"), "run", join(root, "traces/spike.json")]);
  return { nodeSeconds: node, runSpikeSeconds: run, overNodeSeconds: run - node };
}

const result = {
  node: process.version,
  engine: benchEngine(),
  runs: benchRuns(),
  start: benchStart(),
  import: await benchImport(smoke),
};
if (json) console.log(JSON.stringify(result, null, 2));
else {
  const n = (value, digits = 0) => value.toLocaleString("en-US", { maximumFractionDigits: digits });
  console.log(`Node ${result.node}\n\nengine against the compiled reference driver, ${CYCLES} cycles`);
  for (const r of result.engine) {
    const ratio = r.skipped
      ? `(${r.skipped})`
      : `${n(r.timesTheDriver)} times the driver, final row ${r.sameFinalRow ? "equal" : "DIFFERENT"}`;
    console.log(`  ${r.name.padEnd(28)} ${n(r.engineCyclesPerSecond)} cycles/s, ${ratio}`);
  }
  console.log("\nwhole runs");
  for (const r of result.runs) {
    console.log(
      `  ${r.trace.padEnd(12)} ${n(r.events)} events in ${n(r.seconds * 1e3, 1)} ms (first time ${n(r.coldSeconds * 1e3, 1)} ms), ` +
        `${n(r.eventsPerSecond)} events/s, ${n(r.timesRealTime)} times real time`,
    );
  }
  const s = result.start;
  console.log(
    `\nstart-up\n  run traces/spike.json ${n(s.runSpikeSeconds * 1e3)} ms, node -e 0 ${n(s.nodeSeconds * 1e3)} ms: ${n(s.overNodeSeconds * 1e3)} ms more`,
  );
  console.log(`\nimport of logs\n${importLines(result.import).join("\n")}`);
}
if (result.engine.some((r) => r.sameFinalRow === false) || !importIsGood(result.import)) process.exitCode = 1;

/** The engine against the compiled page-by-page loops of the reference driver: same schedule, same final row. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_RATES, Engine, Request } from "../dist/engine/index.js";
import { median, n, seconds } from "./measure.mjs";

const BUILD = fileURLToPath(new URL("../lab/oracle/build.sh", import.meta.url));
const PERIOD = 60;
const PAGES = 983_100;
/** One page in `refuseEvery` is refused, 0 for none; `atLeast`: required speed relative to the driver. */
const CASES = [
  { refuseEvery: 0, name: "every page accepted", atLeast: 100 },
  { refuseEvery: 1000, name: "one page in 1000 refused", atLeast: 5 },
];

/**
 * The oracle's schedule: the target flips every PERIOD cycles; all commands succeed except each `refuseEvery`-th LOCK.
 */
function engineSchedule(cycles, refuseEvery) {
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
  for (let cycle = 0; cycle < cycles; cycle++) {
    target = Math.floor(cycle / PERIOD) % 2 === 1 ? 0 : PAGES;
    work(engine.cycle());
  }
  return engine.state;
}

/** The driver's loops; null if they can't be compiled. */
function driverSchedule(cycles) {
  if (spawnSync(process.env.CC ?? "cc", ["--version"]).status !== 0 || spawnSync("awk", ["BEGIN {}"]).status !== 0) {
    return null;
  }
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  execFileSync(BUILD, [directory]);
  const run = (refuseEvery) => {
    const args = ["--bench", cycles, PERIOD, PAGES, ...(refuseEvery > 0 ? [refuseEvery] : [])].map(String);
    const [head, row] = execFileSync(join(directory, "oracle"), args, { encoding: "utf8" }).trim().split("\n");
    return { seconds: Number(/seconds ([0-9.]+)/.exec(head)[1]), row };
  };
  return { run, remove: () => rmSync(directory, { recursive: true }) };
}

/** Columns of the oracle's rows. */
const COLUMNS = [
  "size",
  "target",
  "rateAlloc",
  "rateFree",
  "slow",
  "resetRequired",
  "refused",
  "timer",
  "start",
  "startFail",
  "guestType",
  "guestTypeFail",
  "lock",
  "lockFail",
  "unlock",
  "unlockFail",
  "targetCount",
  "targetFail",
  "alloc",
  "allocFail",
  "sleepAlloc",
  "sleepAllocFail",
  "free",
  "refusedAlloc",
  "refusedFree",
  "yields",
];

export function measure(smoke) {
  const cycles = smoke ? 600 : 3000;
  const repeats = smoke ? 5 : 15;
  const driver = driverSchedule(cycles);
  const cases = CASES.map(({ refuseEvery, name, atLeast }) => {
    // Compiled code first; then the two alternate, so that both run under the same load.
    for (let i = 0; i < 5; i++) engineSchedule(cycles, refuseEvery);
    const ours = [];
    const theirs = [];
    let row = null;
    for (let i = 0; i < repeats; i++) {
      ours.push(seconds(() => engineSchedule(cycles, refuseEvery)));
      if (driver === null || i >= 5) continue;
      const run = driver.run(refuseEvery);
      theirs.push(run.seconds);
      row = run.row;
    }
    const cyclesPerSecond = cycles / median(ours);
    if (row === null) return { name, cyclesPerSecond, skipped: "a C compiler or awk is missing" };
    const state = engineSchedule(cycles, refuseEvery);
    const sameFinalRow = row === [cycles - 1, ...COLUMNS.map((column) => state[column])].join(",");
    return { name, cyclesPerSecond, timesTheDriver: median(theirs) / median(ours), atLeast, sameFinalRow };
  });
  driver?.remove();
  return { cycles, cases };
}

export const lines = ({ cycles, cases }) => [
  `engine against the compiled reference driver, ${cycles} cycles`,
  ...cases.map((c) => {
    const ratio = c.skipped
      ? `(${c.skipped})`
      : `${n(c.timesTheDriver, 1)} times the driver (at least ${c.atLeast} wanted), final row ${c.sameFinalRow ? "equal" : "DIFFERENT"}`;
    return `  ${c.name.padEnd(28)} ${n(c.cyclesPerSecond)} cycles/s, ${ratio}`;
  }),
];

/** The rows must always be equal; the speed of a short run is not significant. */
export const isGood = ({ cases }, smoke) =>
  cases.every((c) => c.skipped || (c.sameFinalRow && (smoke || c.timesTheDriver >= c.atLeast)));

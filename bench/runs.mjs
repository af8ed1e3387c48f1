/** Complete runs: events, time, and bytes that each event leaves to the garbage collector. */
import { spawnSync } from "node:child_process";
import { DEFAULT_RATES } from "../dist/engine/index.js";
import { fleetGuest } from "../dist/sim/generate/fleet.js";
import { openTrace, readTrace, Simulation } from "../dist/sim/index.js";
import { median, n, seconds } from "./measure.mjs";

/** A guest whose demand and target change every minute of a day, with reclaim. */
const activeDay = JSON.stringify(
  fleetGuest({ seed: "bench", guests: 1, durationSeconds: 86_400, everySeconds: 60 }, 0),
);

const RUNS = [
  { name: "spike", open: () => openTrace("spike") },
  { name: "thrash", open: () => openTrace("thrash") },
  { name: "active day", open: () => readTrace(activeDay) },
  { name: "idle-month", open: () => openTrace("idle-month") },
];

/** Events, and virtual seconds, of a run. */
function run(open) {
  const simulation = new Simulation(open(), { rates: DEFAULT_RATES });
  let events = 0;
  while (simulation.runFor(1)) events++;
  return { events, virtual: simulation.view.timeUs / 1e6 };
}

/**
 * Bytes that an event allocates: the growth of a heap that is never collected. Needs a process with a large nursery.
 */
export function bytesPerEvent(name) {
  const { open } = RUNS.find((r) => r.name === name);
  for (let i = 0; i < 3; i++) run(open);
  const simulation = new Simulation(open(), { rates: DEFAULT_RATES });
  const limit = 200_000;
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  let events = 0;
  while (events < limit && simulation.runFor(1)) events++;
  return (process.memoryUsage().heapUsed - before) / events;
}

function measureBytes(name) {
  const script = `const { bytesPerEvent } = await import(${JSON.stringify(import.meta.url)});
    console.log(bytesPerEvent(${JSON.stringify(name)}));`;
  const args = ["--expose-gc", "--max-semi-space-size=512", "--input-type=module", "-e", script];
  return Number(spawnSync(process.execPath, args, { encoding: "utf8" }).stdout);
}

export function measure(smoke) {
  const repeats = smoke ? 3 : 9;
  return RUNS.map(({ name, open }) => {
    const first = seconds(() => run(open));
    const { events, virtual } = run(open);
    const warm = median(Array.from({ length: repeats }, () => seconds(() => run(open))));
    return {
      name,
      events,
      firstSeconds: first,
      seconds: warm,
      eventsPerSecond: events / warm,
      timesRealTime: virtual / warm,
      bytesPerEvent: measureBytes(name),
    };
  });
}

export const lines = (rows) => [
  "whole runs",
  ...rows.map(
    (r) =>
      `  ${r.name.padEnd(12)} ${n(r.events)} events in ${n(r.seconds * 1e3, 1)} ms (the first time ${n(r.firstSeconds * 1e3, 1)} ms), ` +
      `${n(r.eventsPerSecond)} events/s, ${n(r.timesRealTime)} times real time, ${n(r.bytesPerEvent, 1)} bytes an event`,
  ),
];

export const isGood = () => true;

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { DEFAULT_RATES } from "../../../src/engine/index.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";

const MIB = 256;
const TEN_MINUTES = 600;

/** Ten minutes of thrashing without an end, as in `traces/thrash.json`, in a guest so many times as large and busy. */
function thrash(times: number): { events: number; swappedIn: number } {
  const document = JSON.parse(readFileSync(new URL("../../../traces/thrash.json", import.meta.url), "utf8"));
  const pages = (mib: number): number => mib * MIB * times;
  const trace = {
    ...document,
    duration: TEN_MINUTES,
    guest: { ...document.guest, memory: pages(2048), swap: pages(4096), kernelMemory: pages(120) },
    workloads: [{ name: "cache", anon: pages(1280), touch: pages(300), fileSet: pages(200), fileRead: pages(5) }],
    host: {
      target: [
        [0, 0],
        [20, pages(960)],
      ],
    },
  };
  const simulation = new Simulation(readTrace(JSON.stringify(trace)), { rates: DEFAULT_RATES });
  let events = 0;
  while (simulation.runFor(1)) events++;
  return { events, swappedIn: simulation.view.guest.swapIn };
}

it("thrashing costs batches, not pages: a guest eight times as large costs no more", () => {
  const [small, large] = [thrash(1), thrash(8)];
  expect(small.swappedIn).toBeGreaterThan(1_000_000);
  expect(small.events).toBeLessThan(small.swappedIn / 50);
  // Both are bounded by the same disk.
  expect(large.swappedIn).toBeGreaterThan(small.swappedIn / 2);
  expect(large.events).toBeLessThan(small.events);
});

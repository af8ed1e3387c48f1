import { expect, test } from "vitest";
import { runHost } from "../../../src/sim/hosts/run-host.ts";
import { hostOf, vmOf } from "../../support/hosts/host-scenario.ts";

const GIB = 2 ** 18;
const SECOND = 1_000_000;
const SHORT = hostOf(
  "proxmox",
  7 * GIB,
  ["a", "b", "c"].map((name) => vmOf(name, "spike")),
  { durationUs: 120 * SECOND },
);

test("samples come at their times, and do not change the run", () => {
  const timesUs: number[] = [];
  let endUs = 0;
  const observer = {
    sample: ({ timeUs }: { timeUs: number }) => timesUs.push(timeUs),
    end: ({ timeUs }: { timeUs: number }) => {
      endUs = timeUs;
    },
  };
  const result = runHost(SHORT, { observers: [{ observer, everyUs: 7_000 }] });
  expect(result).toEqual(runHost(SHORT));
  expect(result.swapRead).toBeGreaterThan(0);
  expect(timesUs).toEqual(Array.from({ length: timesUs.length }, (_, i) => i * 7_000));
  expect(timesUs.length).toBe(Math.ceil((120 * SECOND) / 7_000));
  expect(endUs).toBe(120 * SECOND);
});

test("a run ends at its time, or with its scenario if that is earlier", () => {
  expect(runHost(SHORT, { untilUs: 30 * SECOND }).durationUs).toBe(30 * SECOND);
  expect(runHost(SHORT, { untilUs: 300 * SECOND }).durationUs).toBe(120 * SECOND);
});

test("worlds differ", () => {
  expect(runHost(SHORT, { world: 2 })).not.toEqual(runHost(SHORT));
  expect(runHost(SHORT, { world: 2 })).toEqual(runHost(SHORT, { world: 2 }));
});

test("an observer with a time of 0 between samples is an error of the program", () => {
  expect(() => runHost(SHORT, { observers: [{ observer: {}, everyUs: 0 }] })).toThrow("samples every 0 us");
});

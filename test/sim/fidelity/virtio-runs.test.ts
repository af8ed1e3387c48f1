import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compare } from "../../../src/sim/fidelity/compare.ts";
import { readRun } from "../../../src/sim/fidelity/read-run.ts";
import type { RecordedRun } from "../../../src/sim/fidelity/recorded-run.ts";
import { replay } from "../../../src/sim/fidelity/replay.ts";
import { scenariosOf } from "../../../src/sim/fidelity/scenario.ts";
import { DRIVER_RUNS } from "../../support/data/lab-runs.ts";

// What the recordings of Linux's virtio_balloon say of the policy `virtio-balloon` (docs/drivers.md).

const FILES = readdirSync(DRIVER_RUNS).filter((name) => name.startsWith("virtio-"));
const recorded = (file: string): RecordedRun => readRun(join(DRIVER_RUNS, file));
const plenty = FILES.filter((name) => name.startsWith("virtio-plenty."));
const sizes = (run: Pick<RecordedRun, "curves">) => run.curves.get("size") as readonly number[];

describe("with plenty of memory", () => {
  test("the recorded balloon changes by messages of 256 pages, the last one to the very target", () => {
    const moved = plenty.map(recorded).flatMap((run) => {
      let rest = 0;
      return sizes(run).flatMap((size, row) => {
        if (size !== run.target[row]) return Math.abs(size - rest) % 256;
        rest = size;
        return [];
      });
    });
    expect(moved.length).toBeGreaterThan(10);
    // The kernel counts page by page: a row may fall into the middle of a message.
    expect(moved.filter((pages) => pages === 0).length).toBeGreaterThan(0.8 * moved.length);
  });

  test("all curves and times to target are within their limits", () => {
    const runs = plenty.map(recorded);
    const [scenario, ...others] = scenariosOf(runs.map((run) => compare(run, replay(run))));
    expect(others).toEqual([]);
    const beyond = scenario?.curves.filter(({ isWithin }) => !isWithin).map(({ kind }) => kind.id);
    expect([scenario?.runs.length, beyond, scenario?.isWithin]).toEqual([runs.length, [], true]);
  });
});

const onOom = FILES.filter((name) => name.startsWith("virtio-oom."));

test.each(onOom)("%s: the balloon gives what the guest lacks instead of a kill, and does not grow again", (file) => {
  const run = recorded(file);
  const simulated = replay(run);
  const [before, after] = [13, 25].map((row) => [sizes(run)[row], sizes(simulated)[row]] as [number, number]) as [
    [number, number],
    [number, number],
  ];
  expect(before).toEqual([150_000, 150_000]);
  const given = after.map((size, i) => (before[i] as number) - size) as [number, number];
  expect(given[0]).toBeGreaterThan(80_000);
  expect(Math.abs(given[1] - given[0])).toBeLessThan(0.03 * given[0]);
  expect([run.oomKills, simulated.oomKills]).toEqual([0, 0]);
});

test.each(FILES.filter((name) => ![...plenty, ...onOom].includes(name)))(
  "%s: at rest the balloon has the target's size",
  (file) => {
    const run = recorded(file);
    const simulated = replay(run);
    // Shortly before the second target: the first one has stood for half a minute.
    const next = run.target.findIndex(
      (target, row) => row > 0 && target !== run.target[row - 1] && run.target[row - 1] !== 0,
    );
    const target = run.target[next - 2];
    expect([sizes(run)[next - 2], sizes(simulated)[next - 2], simulated.target[next - 2]]).toEqual([
      target,
      target,
      target,
    ]);
    expect(target).toBeGreaterThan(0);
  },
);

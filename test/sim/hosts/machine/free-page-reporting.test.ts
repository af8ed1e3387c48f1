import fc from "fast-check";
import { expect, test } from "vitest";
import { VIRTIO_BALLOON } from "../../../../src/engine/index.ts";
import { watermarks } from "../../../../src/sim/guest/watermarks.ts";
import { Report } from "../../../../src/sim/hosts/machine/exchange.ts";
import { HostRun } from "../../../../src/sim/hosts/machine/host-run.ts";
import type { HostRunView } from "../../../../src/sim/hosts/machine/run-view.ts";
import { LocalGroup } from "../../../../src/sim/hosts/machine/vm-group.ts";
import type { HostScenario, VmScenario } from "../../../../src/sim/hosts/scenario/types.ts";
import { columnsOf } from "../../../../src/sim/output/columns.ts";
import { Recorder } from "../../../../src/sim/output/recorder.ts";
import { RowEncoder } from "../../../../src/sim/output/row-format.ts";
import { LINUX_6_1 } from "../../../../src/sim/trace/kernel-profile.ts";
import { readTrace } from "../../../../src/sim/trace/read.ts";
import { hostOf, vmOf } from "../../../support/hosts/host-scenario.ts";

const GIB = 2 ** 18;
const MIB = 256;

const params = (isOn: boolean) => ({ ...VIRTIO_BALLOON.defaults, freePageReporting: isOn ? 1 : 0 });

/** A VM of 4 GiB with virtio-balloon, whose workload has memory as the points say, in MiB; it reports free pages or does not. */
function vm(
  isOn: boolean,
  anon: readonly (readonly [seconds: number, mib: number])[],
  changes: Partial<VmScenario> = {},
): VmScenario {
  const document = JSON.stringify({
    ...{ format: "balloon-sim/trace", version: 1, duration: 120 },
    guest: { memory: "4GiB" },
    workloads: [{ name: "only", anon: { points: anon.map(([at, mib]) => [at, mib * MIB]) }, touch: "1GiB/s" }],
  });
  const open = () => readTrace(document, "test");
  return vmOf("a", open, { driver: VIRTIO_BALLOON, rates: params(isOn), ...changes });
}

/** A figure of the host at each whole second, and the first VM's last report. The books are checked after each meeting. */
function look(
  scenario: HostScenario,
  figure = ({ memory }: HostRunView): number => memory.free,
): { seen: number[]; report: (column: number) => number } {
  const seen: number[] = [];
  let last: readonly number[] = [];
  const observer = {
    sample: (view: HostRunView) => seen.push(figure(view)),
    end: ({ vms }: HostRunView) => {
      last = [...(vms[0]?.report ?? [])];
    },
  };
  new HostRun(scenario, new LocalGroup(scenario, { world: 1 }), { isChecked: true }, [
    { observer, everyUs: 1e6 },
  ]).run();
  return { seen, report: (column) => last[column] as number };
}

const LOW = watermarks(4 * GIB, LINUX_6_1, null, LINUX_6_1.watermarkScaleFactor, "never").low;

/** It has 2 GiB free and has touched them; at 40 s it frees a further one. */
const FREES = [
  [0, 2048],
  [40, 1024],
] as const;

test("a guest that frees a GiB gives it back to the host in passes; without reporting it does not", () => {
  const host = (isOn: boolean) => hostOf("none", 5 * GIB, [vm(isOn, FREES)]);
  const { seen, report } = look(host(true));
  expect(look(host(false)).seen).toEqual(Array(120).fill(GIB));
  // Of 1024 free blocks three messages of 32 blocks at a time, every two seconds; of 1536 four.
  expect(seen.slice(0, 8)).toEqual([0, 0, 96, 96, 192, 192, 288, 288].map((blocks) => GIB + blocks * 512));
  expect(seen[39]).toBe(3 * GIB);
  expect(seen.slice(40, 46)).toEqual([0, 0, 128, 128, 256, 256].map((blocks) => 3 * GIB + blocks * 512));
  expect(seen.slice(48)).toEqual(Array(120 - 48).fill(4 * GIB));
  expect(report(Report.Untouched)).toBe(3 * GIB);
  expect(report(Report.Backed)).toBe(GIB);
});

test("memory that was given back is backed again when the guest takes it, without a read from the host's swap", () => {
  const scenario = hostOf("none", 5 * GIB, [
    vm(true, [
      [0, 2048],
      [40, 1024],
      [80, 3000],
    ]),
  ]);
  const { seen, report } = look(scenario);
  expect(seen[79]).toBe(4 * GIB);
  expect(seen[119]).toBe(5 * GIB - 3000 * MIB);
  expect(report(Report.Reads)).toBe(0);
  expect(report(Report.WaitNs)).toBe(0);
});

test("free pages that the host has swapped leave its swap unread", () => {
  // Backed pages of more than 7 GiB do not fit into 5: a part of the free ones is in the swap, too.
  const filler = vm(false, [[0, 3500]], { name: "b", touched: 0 });
  const host = (isOn: boolean) =>
    hostOf(
      "none",
      5 * GIB,
      [
        vm(isOn, [
          [0, 3000],
          [20, 500],
        ]),
        filler,
      ],
      { durationUs: 60e6 },
    );
  const swapped = ({ memory }: HostRunView) => memory.swapped;
  const on = look(host(true), swapped).seen;
  const off = look(host(false), swapped).seen;
  expect(on[19]).toBe(off[19]);
  expect(on[19]).toBeGreaterThan(GIB);
  // With each pass its part, not only when there is no other free page left.
  expect(on[30]).toBeLessThan(0.7 * (off[30] as number));
  expect(on[59]).toBeLessThan((off[59] as number) - GIB / 2);
});

test("whatever the guest does, the host backs none of its free blocks in the end, and all of its other memory", () => {
  const memory = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 3500 }));
  fc.assert(
    fc.property(
      fc.uniqueArray(memory, { maxLength: 4, selector: ([at]) => at }),
      fc.integer({ min: 2200, max: 5000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom("none", "esx", "squeezed", "mom"),
      (points, hostMib, touched, policy) => {
        const anon = [[0, 1000] as const, ...points.sort(([a], [b]) => a - b)];
        const scenario = hostOf(policy, hostMib * MIB, [vm(true, anon, { touched })], {
          largePages: hostMib % 2 === 0,
        });
        const { report } = look(scenario);
        const free = report(Report.Free);
        const untouched = report(Report.Untouched);
        expect(untouched).toBeLessThanOrEqual(free);
        // Without a balloon nothing is reclaimed, so all free pages are in whole blocks.
        if (policy === "none" && free > LOW + 32 * 512) expect(untouched).toBeGreaterThan(free - 512);
      },
    ),
    { numRuns: 25 },
  );
});

const KEPT = columnsOf(VIRTIO_BALLOON).filter(({ name }) => !name.startsWith("stat_report"));

test.each(["spike", "thrash", "cache-heavy", "ramp"])("reporting changes no figure of the guest: %s", (name) => {
  const rowsOf = (isOn: boolean): string => {
    const source = vmOf("a", name);
    const a = vmOf("a", name, {
      ...{ driver: VIRTIO_BALLOON, rates: params(isOn), maxBalloon: 1, target: source.memory - GIB },
    });
    const rows: string[] = [];
    const recorder = new Recorder(VIRTIO_BALLOON, KEPT, "sample", new RowEncoder("csv", KEPT), (text) =>
      rows.push(text),
    );
    const scenario = hostOf("static", 64 * GIB, [a]);
    new HostRun(
      scenario,
      new LocalGroup(scenario, { world: 1, observerOf: () => recorder, sampleEveryUsOf: () => 500_000 }),
    ).run();
    return rows.join("");
  };
  const rows = rowsOf(true);
  // Not toBe: it would print all rows.
  expect(rows === rowsOf(false)).toBe(true);
  expect(rows.split("\n").length).toBeGreaterThan(100);
});

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readHostText } from "../../../../src/sim/hosts/scenario/host-text.ts";
import { hostProblems, readHostScenario } from "../../../../src/sim/hosts/scenario/read.ts";
import type { VmScenario } from "../../../../src/sim/hosts/scenario/types.ts";
import { bundledHosts, bundledTraces, findHost, findTrace } from "../../../../src/sim/trace/bundled.ts";
import { SERIES_KERNEL_MEMORY, seriesOfWorkload } from "../../../../src/sim/trace/types.ts";
import { ROOT } from "../../../support/processes/command.ts";
import { messageOf } from "../../trace/support.ts";
import { Reading } from "./support.ts";

const HOUR_US = 3_600_000_000;
/** Hosts that were invented, to show something. */
const SYNTHETIC = ["hosts/boot-storm", "hosts/database", "hosts/noisy-neighbour", "hosts/office"];

test("the package brings hosts, and their traces are not listed as traces", () => {
  expect(bundledHosts()).toEqual(expect.arrayContaining(SYNTHETIC));
  expect(bundledTraces().filter((name) => name.includes("hosts"))).toEqual([]);
  expect(findTrace("hosts/office/web")).toBe(join(ROOT, "traces/hosts/office/web.json"));
  expect(findHost("hosts/office")).toBe(join(ROOT, "traces/hosts/office.json"));
});

test("a wrong name gets the nearest one", () => {
  expect(messageOf(() => findHost("hosts/ofice"))).toBe(
    'hosts/ofice: no such file, and no bundled host "hosts/ofice"; did you mean "hosts/office"?',
  );
});

test.each(bundledHosts())("%s is valid, named as its file, and says what it shows", (name) => {
  expect(hostProblems(readHostText(name))).toEqual([]);
  const { name: own, description } = readHostScenario(name);
  expect(`hosts/${own}`).toBe(name);
  expect(description).toMatch(/^[A-Z].{80,}\. .{40,}\.$/);
});

/** Memory that a VM's kernel and workloads want at a time of its own, and the files that find room beside that. */
function demandOf({ memory }: VmScenario, values: readonly number[]): { anon: number; files: number } {
  const anon = (values[SERIES_KERNEL_MEMORY] ?? 0) + (values[seriesOfWorkload(0, 0)] ?? 0);
  return { anon, files: Math.min(values[seriesOfWorkload(0, 3)] ?? 0, memory - anon) };
}

describe.each(SYNTHETIC)("%s", (name) => {
  const { vms, memory, reserved, durationUs } = readHostScenario(name);
  const forVms = memory - reserved - vms.reduce((sum, { overhead }) => sum + overhead, 0);

  test("has as many VMs, hours and memory as people overcommit", () => {
    expect(vms.length).toBeGreaterThanOrEqual(6);
    expect(vms.length).toBeLessThanOrEqual(20);
    expect(durationUs).toBeGreaterThanOrEqual(2 * HOUR_US);
    expect(durationUs).toBeLessThanOrEqual(24 * HOUR_US);
    const overcommit = vms.reduce((sum, vm) => sum + vm.memory, 0) / memory;
    expect(overcommit).toBeGreaterThan(1.2);
    expect(overcommit).toBeLessThan(1.6);
  });

  test("begins with memory that fits, wants more later, and never wants more than can be had without files", () => {
    const readings = vms.map((vm) => ({ vm, reading: new Reading(vm.open()) }));
    const wanted = Array.from({ length: 97 }, (_, step) => {
      const us = (durationUs * step) / 96;
      let anon = 0;
      let all = 0;
      let touched = 0;
      for (const { vm, reading } of readings) {
        if (us < vm.onUs || us >= vm.offUs) continue;
        const demand = demandOf(
          vm,
          reading.at(us - vm.onUs).map(({ value }) => value),
        );
        anon += demand.anon;
        all += demand.anon + demand.files;
        touched += vm.touched * (vm.memory - demand.anon - demand.files);
      }
      return { anon, all, touched };
    });
    const [first] = wanted as [(typeof wanted)[number]];
    expect(first.all + first.touched).toBeLessThan(forVms);
    expect(Math.max(...wanted.map(({ all }) => all))).toBeGreaterThan(forVms);
    expect(Math.max(...wanted.map(({ anon }) => anon))).toBeLessThan(forVms);
  });

  test("leaves each guest at least what its workloads demand, in memory and swap", () => {
    for (const vm of vms) {
      const source = vm.open();
      const { swap } = source.trace.guest;
      const reading = new Reading(source);
      for (let us = 0; us <= durationUs; us += durationUs / 480) {
        const { anon } = demandOf(
          vm,
          reading.at(us).map(({ value }) => value),
        );
        expect(anon, vm.name).toBeLessThan(vm.min + swap);
      }
    }
  });

  test("uses all traces of its folder, which are small, invented, and say so", () => {
    const folder = join(ROOT, "traces", name);
    const used = new Set(vms.map(({ traceName }) => join(ROOT, "traces/hosts", traceName)));
    expect([...used].sort()).toEqual(readdirSync(folder).map((file) => join(folder, file)));
    for (const path of used) {
      expect(statSync(path).size).toBeLessThan(4000);
      const { name: own, description, origin } = JSON.parse(readFileSync(path, "utf8"));
      expect(path.endsWith(`/${own}.json`)).toBe(true);
      expect(description).toMatch(/^[A-Z].{80,}[.?:] .{20,}\.$/);
      expect(origin).toEqual({ kind: "synthetic", note: expect.stringMatching(/^Invented; .*\.$/) });
    }
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { watermarks } from "../../../src/sim/guest/watermarks.ts";
import { MACHINES } from "../../../src/sim/trace/all-machines.ts";
import type { KernelProfile } from "../../../src/sim/trace/kernel-profile.ts";
import { PROFILES, type Profile } from "../../../src/sim/trace/profile.ts";
import { COST_FIELDS, type MachineProfile } from "../../../src/sim/trace/types.ts";
import { RECORDED_RUNS } from "../../support/data/recorded-runs.ts";

const read = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
const page = read("model.md") + read("profiles.md");

/** The rows of the table whose head begins with these cells. */
function table(...head: string[]): string[][] {
  const rows = page.split("\n").map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const start = rows.findIndex((cells) => head.every((cell, i) => cells[i] === cell));
  if (start < 0) throw new Error(`docs/model.md and docs/profiles.md have no table ${head.join(" | ")}`);
  const body = rows.slice(start + 2);
  return body.slice(
    0,
    body.findIndex((cells) => cells.length === 0),
  );
}

const profileOf = (name: string): Profile => PROFILES.get(name) as Profile;
const yes = (value: boolean): string => (value ? "yes" : "no");

describe("docs/model.md and docs/profiles.md", () => {
  it("have the watermarks that the code computes", () => {
    const rows = table("profile", "memory", "min");
    expect(rows.length).toBeGreaterThan(4);
    for (const [name = "", memory = "", ...marks] of rows) {
      const { min, low, high } = watermarks(Number.parseInt(memory, 10) * 262_144, profileOf(name).kernel, null, 10);
      expect(marks, `${name} ${memory}`).toEqual([min, low, high].map(String));
    }
  });

  it("have the watermarks with huge pages that the code computes", () => {
    const rows = table("profile", "memory with huge pages", "min");
    expect(rows.length).toBeGreaterThan(3);
    for (const [name = "", memory = "", ...marks] of rows) {
      const pages = Number.parseInt(memory, 10) * (memory.endsWith("MiB") ? 256 : 262_144);
      const { min, low, high } = watermarks(pages, profileOf(name).kernel, null, 10, "always");
      expect(marks, `${name} ${memory}`).toEqual([min, low, high].map(String));
    }
  });

  it("have the profiles that there are", () => {
    expect([...PROFILES.keys()]).toEqual(["linux-6.1", "linux-6.12", "linux-2.6.32", "balloon-hw", "lab"]);
    for (const [name, { description }] of PROFILES) {
      const kernel = /^linux-([\d.]+)$/.exec(name)?.[1] ?? "6.1";
      expect(description.split(/[ ,:]/).slice(0, 2)).toEqual(["Linux", kernel]);
    }
    const kinds = table("profile", "kernel", "machine");
    expect(kinds).toEqual([...PROFILES].map(([name, p]) => [name, p.kernel.name, p.machine.name, p.balloon]));
  });

  it("have the rules of their kernels", () => {
    const kernels = [...PROFILES.values()].map(({ kernel }) => kernel);
    const names = ["linux-6.1", "linux-6.12", "linux-2.6.32", "linux-6.1-uml"];
    const rows = table("rule", ...names);
    names.forEach((name, i) => {
      const k = kernels.find((kernel) => kernel.name === name) as KernelProfile;
      const column = [
        k.watermarks,
        yes(k.watermarkBoost),
        k.pageblock,
        k.minFreeMaxKib,
        k.nosleepReserve,
        yes(k.nosleepWakesKswapd),
        yes(k.balloonNoRetry),
        yes(k.timerWheel),
        yes(k.accessedBitFaults),
        k.reclaimWaits,
        yes(k.hugePages),
        k.lru,
        k.generations ?? "none",
        yes(k.writesActivate),
        k.swappiness,
        k.watermarkScaleFactor,
      ];
      expect(rows.map((row) => row[1 + i])).toEqual(column.map(String));
    });
  });

  it("have the machines, with their costs", () => {
    expect([...MACHINES.keys()]).toEqual(["server", "lab"]);
    const column = ({ hz, cpus, swapQueue, costs, daemonCosts }: MachineProfile): string[] => [
      ...[hz, cpus, swapQueue.plugPages, swapQueue.depthPages, swapQueue.mergePages].map(String),
      ...COST_FIELDS.map((field) => `${costs[field]} ns`),
      ...(["allocNs", "freeNs"] as const).map((field) => `${(daemonCosts ?? costs)[field]} ns`),
    ];
    const rows = table("number", "server", "lab");
    const costNames = COST_FIELDS.map((field) => field.slice(0, -"Ns".length));
    expect(rows.map((row) => row[0])).toEqual([
      ...["hz", "cpus", "swapQueue.plugPages", "swapQueue.depthPages", "swapQueue.mergePages"],
      ...costNames.map((name) => `costs.${name}`),
      ...["daemonCosts.alloc", "daemonCosts.free"],
    ]);
    [...MACHINES.values()].forEach((machine, i) => {
      expect(rows.map((row) => row[1 + i])).toEqual(column(machine));
    });
  });

  it("claim no more than the tests hold", () => {
    const limits = RECORDED_RUNS.map(({ name, size, free, anon, some }) => [
      name,
      ...[size, free, anon].map(String),
      `${some} s`,
    ]);
    expect(table("run", "size")).toEqual(limits);
  });
});

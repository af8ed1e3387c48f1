import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareTargets } from "../../../../src/sim/hosts/against/compare.ts";
import { comparedVm } from "../../../../src/sim/hosts/against/measured.ts";
import type { TargetSeries } from "../../../../src/sim/hosts/against/series.ts";
import { readHostScenario } from "../../../../src/sim/hosts/scenario/read.ts";
import { hostImports } from "../../../support/in-process/import-host.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";

const MIB = 1_048_576;
const S = 1_000_000;
const { hostOf } = hostImports(scratchDirectory());
const capture = readFileSync(join(ROOT, "test/sim/import/fixtures/esxtop/capture.csv"), "utf8");

const nothing: TargetSeries = { at: [0], bytes: [0] };

async function imported(text: string) {
  const { out } = await hostOf({ "capture.csv": text });
  return { out, vms: readHostScenario(join(out, "host.json")).vms };
}

describe("comparedVm", () => {
  it("has the measured target of an imported VM, unknown in a gap and behind its end", async () => {
    const { vms } = await imported(capture);
    const [web, , noTools] = vms.map((vm) => comparedVm(vm, nothing));
    // Every 5 s by 37.5 MiB down from 900; there is no sample between 40 s and 65 s.
    const points = (web?.measured?.at ?? []).map((us, i) => [us / S, (web?.measured?.bytes[i] ?? 0) / MIB]);
    expect(points).toEqual([
      ...Array.from({ length: 9 }, (_, i) => [i * 5, 900 - 37.5 * i]),
      [45, Number.NaN],
      [65, 562.5],
      [70, 525],
      [75, 487.5],
      [80, Number.NaN],
    ]);
    expect(web).toMatchObject({ name: "web01", memory: 2048 * MIB, onUs: 0, isSize: false });
    expect(web?.measured?.sampleUs).toBe(5 * S);
    expect(noTools?.offUs).toBe(30 * S);
    const [result] = compareTargets([web as NonNullable<typeof web>], 80 * S).vms;
    expect(result?.certainty).toMatchObject({ samples: 12, gaps: 1, comparedUs: 60 * S });
    // A target that never changes has as many samples.
    const [, , still] = compareTargets(
      vms.map((vm) => comparedVm(vm, nothing)),
      80 * S,
    ).vms;
    expect(still?.certainty).toMatchObject({ samples: 6, comparedPart: 1 });
  });

  it("counts from when the VM is powered on", async () => {
    const { out } = await imported(capture);
    const host = JSON.parse(readFileSync(join(out, "host.json"), "utf8"));
    host.vms[0].on = "10s";
    writeFileSync(join(out, "host.json"), JSON.stringify(host));
    const [web] = readHostScenario(join(out, "host.json")).vms.map((vm) => comparedVm(vm, nothing));
    expect(web?.measured?.at.slice(0, 2)).toEqual([10 * S, 15 * S]);
    expect(web?.measured?.bytes.slice(0, 2)).toEqual([900 * MIB, 862.5 * MIB]);
  });

  it("has the balloon's size where the log has no target, and says so", async () => {
    const { vms } = await imported(capture.replaceAll("Memctl Target MBytes", "Other MBytes"));
    const web = comparedVm(vms[0] as (typeof vms)[number], nothing);
    expect(web.isSize).toBe(true);
    expect((web.measured?.bytes[0] ?? 0) / MIB).toBe(900);
  });

  it("has none of a trace whose target is a scenario", async () => {
    const { out } = await imported(capture);
    copyFileSync(join(ROOT, "traces/spike.json"), join(out, "web01.jsonl"));
    const [web] = readHostScenario(join(out, "host.json")).vms.map((vm) => comparedVm(vm, nothing));
    expect(web?.measured).toBeNull();
  });
});

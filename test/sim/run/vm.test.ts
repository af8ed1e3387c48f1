import { describe, expect, test } from "vitest";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { type TargetMind, TraceMind } from "../../../src/sim/host/mind.ts";
import { columnsOf } from "../../../src/sim/output/columns.ts";
import { Recorder } from "../../../src/sim/output/recorder.ts";
import { RowEncoder } from "../../../src/sim/output/row-format.ts";
import { Vm } from "../../../src/sim/run/vm.ts";
import { Timeline } from "../../../src/sim/time/timeline.ts";
import { bundledTraces } from "../../../src/sim/trace/bundled.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";

const COLUMNS = columnsOf(VMMEMCTL);

interface OneVm {
  readonly trace: string;
  readonly mind?: TargetMind;
  readonly everyCycle?: boolean;
}

/** Runs VMs together on one timeline until a time; the rows of each, all columns. */
function rowsTogether(vms: readonly OneVm[], untilUs: number): string[] {
  const sources = vms.map(({ trace }) => openTrace(trace));
  const timeline = new Timeline();
  const made = vms.map(({ mind = new TraceMind(), everyCycle = false }, i) => {
    let text = "";
    const recorder = new Recorder(VMMEMCTL, COLUMNS, "change", new RowEncoder("csv", COLUMNS), (more) => {
      text += more;
    });
    const source = sources[i] as (typeof sources)[number];
    const spec = { source, policy: VMMEMCTL, rates: VMMEMCTL.defaults, world: 1, everyCycle };
    const vm = new Vm(timeline, spec, mind, recorder);
    return { vm, rows: () => text };
  });
  for (const { vm } of made) vm.begin();
  while (timeline.nextUs() <= untilUs) {
    for (const { vm } of made) vm.skip(timeline.nextUs(), untilUs);
    const slot = timeline.next();
    made.find(({ vm }) => vm.owns(slot))?.vm.event(slot);
  }
  timeline.nowUs = untilUs;
  for (const { vm } of made) vm.end();
  for (const source of sources) source.close();
  return made.map(({ rows }) => rows());
}

describe("VMs on one timeline", () => {
  const names = bundledTraces().filter((name) => !["idle-month", "recorded/kernel-build"].includes(name));
  const untilUs = 100_000_000;

  test.each(names.map((name, i) => [name, names[(i + 1) % names.length] as string]))(
    "%s and %s: the rows of each are those that it has alone",
    (one, other) => {
      const [first, second] = rowsTogether([{ trace: one }, { trace: other }], untilUs);
      expect([first]).toEqual(rowsTogether([{ trace: one }], untilUs));
      expect([second]).toEqual(rowsTogether([{ trace: other }], untilUs));
    },
  );

  test("the same VM three times has the same rows three times", () => {
    const [first, second, third] = rowsTogether([{ trace: "spike" }, { trace: "spike" }, { trace: "spike" }], untilUs);
    expect([second, third]).toEqual([first, first]);
    expect(first?.split("\n").length).toBeGreaterThan(20);
  });

  test("a host policy sets the target of one VM, and the trace sets the other one's", () => {
    const wanted = 12_345;
    const mind: TargetMind = {
      targetAt: () => wanted,
      moves: () => false,
      unknown: false,
      follow: () => false,
      archive: () => {},
    };
    const [own, traced] = rowsTogether([{ trace: "steady", mind }, { trace: "steady" }], untilUs);
    const size = COLUMNS.findIndex(({ name }) => name === "size");
    const sizes = (rows: string | undefined) =>
      (rows ?? "")
        .trim()
        .split("\n")
        .slice(1)
        .map((row) => Number(row.split(",")[size]));
    expect(sizes(own).at(-1)).toBe(wanted);
    expect([traced]).toEqual(rowsTogether([{ trace: "steady" }], untilUs));
    expect(Math.max(...sizes(traced))).toBe(262_144);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { policyNamed } from "../../../src/common/policy-named.ts";
import { DEFAULT_RATES, type Params, POLICIES } from "../../../src/engine/index.ts";
import { recordFields } from "../../../src/sim/causes/json-lines.ts";
import { kindInfo } from "../../../src/sim/causes/kinds.ts";
import type { CauseRecord, CauseRecording } from "../../../src/sim/causes/record.ts";
import { CauseRecorder } from "../../../src/sim/causes/recorder.ts";
import { stepWords } from "../../../src/sim/causes/step-words.ts";
import { columnsOf } from "../../../src/sim/output/columns.ts";
import { Recorder } from "../../../src/sim/output/recorder.ts";
import { RowEncoder } from "../../../src/sim/output/row-format.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import type { TraceSource } from "../../../src/sim/trace/types.ts";
import type { RunView } from "../../../src/sim/view/types.ts";
import { traceDocuments } from "../../support/generators/traces.ts";
import { slow } from "../../support/setup/slow.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 60);

/** Runs a trace; all columns of all its cycles, and the view at the end. */
function run(source: TraceSource, causes?: CauseRecorder, driver = "vmmemctl"): { rows: string; view: RunView } {
  const policy = POLICIES.get(driver);
  if (policy === undefined) throw new Error(driver);
  const columns = columnsOf(policy);
  let rows = "";
  const recorder = new Recorder(policy, columns, "cycle", new RowEncoder("csv", columns), (text) => {
    rows += text;
  });
  const options = { policy, rates: policy.defaults, everyCycle: true };
  const simulation = new Simulation(source, causes === undefined ? options : { ...options, causes }, recorder);
  simulation.run();
  return { rows, view: simulation.view };
}

function recordingOf(name: string, most?: number): CauseRecording {
  const causes = new CauseRecorder(most);
  new Simulation(openTrace(name), { rates: DEFAULT_RATES, causes }).run();
  return causes.recording;
}

const sum = (records: readonly CauseRecord[], of: (record: CauseRecord) => boolean): number =>
  records.reduce((total, one) => (of(one) ? total + one.totalUs : total), 0);

/** The time that tasks waited for memory. */
const stallUs = (records: readonly CauseRecord[], isDriver: boolean): number =>
  sum(records, ({ kind, role }) => kindInfo(kind).isStall === true && (role === "driver") === isDriver);

describe("a recording of causes", () => {
  test.each([...POLICIES.keys()])(
    "changes no byte of the rows of %s, on random traces, and has all waits",
    slow(3),
    (driver) => {
      fc.assert(
        fc.property(traceDocuments, (document) => {
          const guest: Record<string, unknown> = { ...(document.guest as object), driver };
          // A daemon's balloon has the first driver only.
          if (driver !== "vmmemctl" && guest.profile === "balloon-hw") guest.profile = "linux-6.1";
          const text = JSON.stringify({ ...document, guest });
          const causes = new CauseRecorder();
          const plain = run(readTrace(text), undefined, driver);
          const recorded = run(readTrace(text), causes, driver);
          expect(recorded.rows).toBe(plain.rows);
          const { records } = causes.recording;
          const { view } = recorded;
          // A wait that is not over at the end is in the recording alone.
          expect(stallUs(records, false)).toBeGreaterThanOrEqual(view.guest.workloadStallUs);
          expect(stallUs(records, true)).toBeGreaterThanOrEqual(view.guest.balloonStallUs);
          const kills = records.filter(({ kind }) => kind === "oom-kill");
          expect(kills.reduce((all, { count }) => all + count, 0)).toBe(view.guest.oomKills);
        }),
        { numRuns: RUNS },
      );
    },
  );

  test.each([...POLICIES.keys()])("of thrash with %s has exactly the waits of its summary", (driver) => {
    const causes = new CauseRecorder();
    const { guest } = run(openTrace("thrash"), causes, driver).view;
    expect(guest.workloadStallUs).toBeGreaterThan(0);
    expect(stallUs(causes.recording.records, false)).toBe(guest.workloadStallUs);
    expect(stallUs(causes.recording.records, true)).toBe(guest.balloonStallUs);
  });

  test.each<[string, string, Params]>([
    ["thrash", "vmmemctl", {}],
    ["spike", "vmw-balloon", {}],
    ["no-swap-oom", "vmmemctl", {}],
    // Its balloon gives pages, again and again, instead of kills.
    ["no-swap-oom", "virtio-balloon", { deflateOnOom: 1 }],
  ])("of %s with %s has parts of direct reclaim that are no more than that", (name, driver, rates) => {
    const policy = policyNamed(driver, "driver");
    const causes = new CauseRecorder();
    new Simulation(openTrace(name), { policy, rates: { ...policy.defaults, ...rates }, causes }).run();
    const { records } = causes.recording;
    // kswapd waits for the device, too, but not in direct reclaim.
    const actors = new Set(
      records.filter(({ kind }) => kind === "direct-reclaim").map(({ role, who }) => `${role} ${who}`),
    );
    expect(actors.size).toBeGreaterThan(0);
    for (const actor of actors) {
      const own = records.filter(({ role, who }) => `${role} ${who}` === actor);
      const parts = sum(own, ({ kind }) => kindInfo(kind).partOf === "direct-reclaim");
      expect(parts).toBeLessThanOrEqual(sum(own, ({ kind }) => kind === "direct-reclaim"));
    }
  });

  test.each(["spike", "thrash", "no-swap-oom", "cache-heavy"])("of %s has exactly the waits of its summary", (name) => {
    const causes = new CauseRecorder();
    const simulation = new Simulation(openTrace(name), { rates: DEFAULT_RATES, causes });
    simulation.run();
    const { guest } = simulation.view;
    expect(stallUs(causes.recording.records, false)).toBe(guest.workloadStallUs);
    expect(stallUs(causes.recording.records, true)).toBe(guest.balloonStallUs);
  });

  test("is bounded: with fewer records it has coarser ones with the same sums", () => {
    const fine = recordingOf("cache-heavy");
    const coarse = recordingOf("cache-heavy", 40);
    expect(fine.records.length).toBeGreaterThan(100);
    expect(coarse.records.length).toBeLessThanOrEqual(40);
    expect(coarse.gapUs).toBeGreaterThan(fine.gapUs);
    const totals = ({ records }: CauseRecording) => {
      const byKind = new Map<string, readonly number[]>();
      for (const { kind, role, who, count, totalUs, pages, longestUs } of records) {
        const key = `${kind} ${role} ${who}`;
        const [n = 0, us = 0, p = 0, longest = 0] = byKind.get(key) ?? [];
        byKind.set(key, [n + count, us + totalUs, p + pages, Math.max(longest, longestUs)]);
      }
      return byKind;
    };
    expect(totals(coarse)).toEqual(totals(fine));
  });

  test("names what led to a stall: the target, then kswapd, then the driver's failure, before db's wait for swap", () => {
    const { records, guest } = recordingOf("spike");
    const read = records.find(({ kind }) => kind === "swap-read") as CauseRecord;
    expect(read).toMatchObject({ who: "db", role: "workload" });
    const chain = read.chain.map((id) => records[id - 1] as CauseRecord);
    expect(chain.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["target", "kswapd", "nosleep-failed", "slow-cycles"]),
    );
    for (const step of chain) expect(step.sinceUs).toBeLessThanOrEqual(read.sinceUs);
    expect(guest.low).toBe(3096);
    expect(read.before.atUs).toBeLessThan(read.sinceUs - 59_000_000);
    expect(read.worst.swap).toBeGreaterThan(0);
  });

  test("tells who called the OOM killer, and the state before the kill", () => {
    const { records } = recordingOf("no-swap-oom");
    const [first] = records.filter(({ kind }) => kind === "oom-kill");
    expect(first).toMatchObject({ who: "service", by: "balloon driver", pages: 230_400 });
    expect(first?.first.anon).toBeGreaterThanOrEqual(230_400);
  });

  test("tells a target that moves along a line as such, with its end", () => {
    const recording = recordingOf("ramp");
    const [line] = recording.records;
    expect(line).toMatchObject({ kind: "target", sinceUs: 20e6, line: { target: 983_040, untilUs: 260e6 } });
    expect(stepWords(line as CauseRecord, recording.guest)).toBe(
      "at 20s the host began to raise the target, to 3.75GiB by 4m20s",
    );
    expect(recordFields(line as CauseRecord)).toMatchObject({ line_target: 983_040, line_until_s: 260 });
  });

  test("of a run without trouble has the changes of the target only", () => {
    expect(recordingOf("steady").records.map(({ kind }) => kind)).toEqual(["target", "target"]);
  });
});

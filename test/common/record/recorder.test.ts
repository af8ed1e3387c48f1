import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openMachine } from "../../../src/common/record/machine.ts";
import { type RecordingClock, type RecordingRequest, record } from "../../../src/common/record/recorder.ts";
import type { Source } from "../../../src/common/record/source.ts";
import { MEMINFO, PROC, VMMEMCTL, writeFiles } from "../../support/fakes/fake-machine.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

/** A clock that runs only while a caller sleeps, or when it is told to. */
class FakeClock implements RecordingClock {
  nowUs = 5_000_000;
  wallMs = (): number => 1_700_000_000_000 + Math.floor(this.nowUs / 1000);
  monotonicUs = (): number => this.nowUs;
  sleepUntil = async (us: number): Promise<void> => {
    this.nowUs = Math.max(this.nowUs, us);
  };
}

interface Recorded {
  readonly header: Record<string, unknown>;
  readonly samples: readonly { readonly t: number; readonly m: number; readonly v: readonly (number | null)[] }[];
  readonly text: string;
}

async function recordFake(more: Partial<RecordingRequest>): Promise<Recorded & { missed: number }> {
  let text = "";
  const { missed } = await record({
    machine: { sources: [constant("a", 7)], missing: [], facts: NO_FACTS },
    clock: new FakeClock(),
    program: { name: "balloon-sim", version: "0.0.0" },
    everyUs: 1_000_000,
    forUs: 3_000_000,
    signal: new AbortController().signal,
    write: (line) => {
      expect(line.indexOf("\n")).toBe(line.length - 1);
      text += line;
    },
    onSample: () => {},
    onChange: () => {},
    ...more,
  });
  const [header, ...samples] = text.trimEnd().split("\n");
  return { text, missed, header: JSON.parse(header as string), samples: samples.map((line) => JSON.parse(line)) };
}

const NO_FACTS = { name: null, kernel: null, arch: null, cpus: null, pageBytes: null, hz: null };

function constant(path: string, value: number): Source {
  return {
    path,
    fields: [{ file: "meminfo", field: path, unit: "KiB", kind: "gauge" }],
    sample: (values, at) => {
      values[at] = value;
      return null;
    },
    close: () => {},
  };
}

test("the recorder writes all columns of a machine that has all sources", async () => {
  const directory = scratchDirectory();
  const proc = writeFiles(join(directory, "proc"), PROC);
  writeFiles(directory, { vmmemctl: VMMEMCTL });
  const machine = openMachine({ proc, vmmemctl: join(directory, "vmmemctl") });
  const clock = new FakeClock();
  const { text } = await recordFake({
    machine,
    clock,
    onSample: ({ samples }) => {
      if (samples === 1) writeFiles(proc, { meminfo: MEMINFO.replace("1200340 kB", " 900000 kB") });
      // Shorter than it was, and without what was there.
      if (samples === 2) writeFiles(directory, { vmmemctl: "target: 0 pages\n" });
    },
  });
  await expect(text).toMatchFileSnapshot("golden/everything.jsonl");
});

test("the recorder says which sources a machine lacks", async () => {
  const directory = scratchDirectory();
  const proc = writeFiles(join(directory, "proc"), { meminfo: "MemTotal: 1000 kB\nMemFree: 10 kB\n", vmstat: "x 1\n" });
  const machine = openMachine({ proc, vmmemctl: null });
  const { header, samples } = await recordFake({ machine });
  expect(header).toMatchObject({ host: NO_FACTS, memory: { MemTotal: 1000, SwapTotal: null } });
  const missing = header.missing as { file: string; why: string }[];
  expect(missing.map(({ file, why }) => `${file}: ${why}`)).toEqual([
    "uptime: no such file or directory",
    "vmstat: has nothing that is recorded",
    "zoneinfo: no such file or directory",
    "pressure/memory: no such file or directory",
    "swaps: no such file or directory",
    "vmmemctl: no such file or directory",
  ]);
  expect(samples.map(({ v }) => v)).toEqual([
    [1000, 10],
    [1000, 10],
    [1000, 10],
  ]);
});

test("the recorder refuses to start without meminfo, or without a vmmemctl file that was asked for", () => {
  const directory = scratchDirectory();
  const proc = writeFiles(join(directory, "proc"), PROC);
  expect(() => openMachine({ proc: join(directory, "none"), vmmemctl: null })).toThrow(
    /^--proc: .*none\/meminfo: no such file or directory: there is nothing to record$/,
  );
  expect(() => openMachine({ proc, vmmemctl: join(directory, "none") })).toThrow(/^--vmmemctl: .*none: no such file/);
});

test("the recorder samples at multiples of the interval, without drift", async () => {
  const clock = new FakeClock();
  const slow: Source = {
    ...constant("a", 1),
    sample: () => {
      clock.nowUs += 333_333;
      return null;
    },
  };
  const machine = { sources: [slow], missing: [], facts: NO_FACTS };
  const { samples, missed } = await recordFake({ clock, machine, forUs: 5_500_000 });
  expect(samples.map(({ m }) => m)).toEqual([5, 6, 7, 8, 9, 10]);
  expect(missed).toBe(0);
});

test("the recorder skips samples for which it is too late", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 4_500_000 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 30_000_000 }),
      fc.integer({ min: 10_000, max: 2_000_000 }),
      async (stalls, forUs, everyUs) => {
        const clock = new FakeClock();
        const startUs = clock.nowUs;
        let turn = 0;
        const { samples, missed } = await recordFake({
          clock,
          forUs,
          everyUs,
          onSample: () => {
            clock.nowUs += stalls[turn++ % stalls.length] as number;
          },
        });
        const times = samples.map(({ m }) => Math.round(m * 1e6) - startUs);
        for (const us of times) expect([us < forUs, us % everyUs]).toEqual([true, 0]);
        for (let i = 1; i < times.length; i++) {
          const stall = stalls[(i - 1) % stalls.length] as number;
          const before = times[i - 1] as number;
          // The first that is due when the stall is over, and after the one before.
          expect(times[i]).toBe(Math.max(before + everyUs, Math.ceil((before + stall) / everyUs) * everyUs));
        }
        expect(samples.length + missed).toBe(Math.ceil(forUs / everyUs));
      },
    ),
  );
});

test("a signal ends a recording between two samples", async () => {
  const ending = new AbortController();
  const { samples } = await recordFake({
    signal: ending.signal,
    forUs: Number.POSITIVE_INFINITY,
    onSample: ({ samples: count }) => {
      if (count === 4) ending.abort();
    },
  });
  expect(samples).toHaveLength(4);
});

test("the recorder writes unknown while a source can't be read, and reports both changes once", async () => {
  let turn = 0;
  const flaky: Source = {
    ...constant("flaky", 5),
    sample: (values, at) => {
      const isBroken = turn >= 2 && turn < 5;
      turn++;
      values[at] = isBroken ? Number.NaN : 5;
      return isBroken ? "no such device" : null;
    },
  };
  const changes: (string | null)[][] = [];
  const { samples } = await recordFake({
    machine: { sources: [flaky, constant("b", 2)], missing: [], facts: NO_FACTS },
    forUs: 7_000_000,
    onChange: (path, why) => changes.push([path, why]),
  });
  expect(samples.map(({ v }) => v[0])).toEqual([5, 5, null, null, null, 5, 5]);
  expect(samples.every(({ v }) => v[1] === 2)).toBe(true);
  expect(changes).toEqual([
    ["flaky", "no such device"],
    ["flaky", null],
  ]);
});

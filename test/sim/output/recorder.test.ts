import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { chooseColumns } from "../../../src/sim/output/choose-columns.ts";
import { Recorder, type RowChoice } from "../../../src/sim/output/recorder.ts";
import { RowEncoder } from "../../../src/sim/output/row-format.ts";
import { type MadeUpView, madeUpView } from "../../support/worlds/run-view.ts";

/** What happens in one cycle of a made-up run. */
interface Step {
  readonly allocated: number;
  readonly refused: number;
  readonly freed: number;
  readonly guestFree: number;
  readonly stallUs: number;
}

const QUIET: Step = { allocated: 0, refused: 0, freed: 0, guestFree: 1000, stallUs: 0 };
const busy: fc.Arbitrary<Step> = fc.record({
  allocated: fc.nat(20),
  refused: fc.nat(3),
  freed: fc.nat(20),
  guestFree: fc.constantFrom(999, 1000, 1001),
  stallUs: fc.constantFrom(0, 0, 7),
});
const steps = fc
  .array(fc.oneof(busy, fc.array(fc.constant(QUIET), { maxLength: 5 })), { maxLength: 20 })
  .map((list) => list.flat());

/** Plays the cycles to an observer, one a second, and ends a quarter of a second after the last one. */
function play(recorder: Recorder, list: readonly Step[], sampleEveryUs = 0): MadeUpView {
  const view = madeUpView();
  let nextSampleUs = sampleEveryUs > 0 ? 0 : Number.POSITIVE_INFINITY;
  const samplesUntil = (us: number) => {
    for (; nextSampleUs <= us; nextSampleUs += sampleEveryUs) {
      view.timeUs = nextSampleUs;
      recorder.sample(view);
    }
  };
  list.forEach((step, i) => {
    samplesUntil(i * 1_000_000);
    const s = view.engine;
    const taken = step.allocated + step.refused;
    const freed = Math.min(step.freed, s.size);
    s.timer++;
    s.alloc += taken;
    s.refusedAlloc += step.refused;
    s.free += freed;
    s.size += step.allocated - freed;
    view.guest.free = step.guestFree;
    view.guest.psiSomeUs += step.stallUs;
    view.cycle.number++;
    view.timeUs = i * 1_000_000 + 5;
    recorder.cycle(view);
  });
  const endUs = list.length * 1_000_000 + 250_000;
  samplesUntil(endUs);
  view.timeUs = endUs;
  recorder.end(view);
  return view;
}

type Row = Readonly<Record<string, number>>;

function record(choice: RowChoice, columns: string, list: readonly Step[], sampleEveryUs = 0) {
  const chosen = chooseColumns(columns, VMMEMCTL);
  let text = "";
  const recorder = new Recorder(VMMEMCTL, chosen, choice, new RowEncoder("csv", chosen), (more) => {
    text += more;
  });
  const end = play(recorder, list, sampleEveryUs);
  const [head, ...lines] = text.trimEnd().split("\n");
  const names = head.split(",");
  const rows: Row[] = lines.map((line) => Object.fromEntries(line.split(",").map((v, i) => [names[i], Number(v)])));
  return { lines, rows, end };
}

const LEVELS = "time_s,size,target,free,stall_some_us";
const sum = (rows: readonly Row[], name: string) => rows.reduce((total, row) => total + row[name], 0);

describe.each([
  ["change", 0],
  ["cycle", 0],
  ["sample", 700_000],
] as const)("every %s", (choice, sampleEveryUs) => {
  test("intervals add up to what the driver counted", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { rows, end } = record(choice, "default", list, sampleEveryUs);
        expect(sum(rows, "allocated")).toBe(end.engine.alloc);
        expect(sum(rows, "refused")).toBe(end.engine.refusedAlloc);
        expect(sum(rows, "freed")).toBe(end.engine.free);
      }),
    );
  });

  test("the size moves by what was allocated, less what was refused and freed", () => {
    fc.assert(
      fc.property(steps, (list) => {
        let size = 0;
        for (const row of record(choice, "default", list, sampleEveryUs).rows) {
          expect(row.size - size).toBe(row.allocated - row.refused - row.freed);
          size = row.size;
        }
      }),
    );
  });

  test("times ascend, and the last row is the state in the end", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { rows, end } = record(choice, "default,cycle", list, sampleEveryUs);
        const times = rows.map((row) => row.time_s);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
        expect(rows.at(-1)).toMatchObject({
          time_s: end.timeUs / 1e6,
          size: end.engine.size,
          free: end.guest.free,
          cycle: end.cycle.number,
        });
      }),
    );
  });
});

test("a row for every cycle, and one for the end", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const { rows } = record("cycle", "cycle", list);
      expect(rows.map((row) => row.cycle)).toEqual([...list.map((_, i) => i + 1), list.length]);
    }),
  );
});

test("rows of changes are rows of cycles, and every cycle left out is like the row before it and the one after it", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const cycles = record("cycle", LEVELS, list).lines;
      const changes = new Set(record("change", LEVELS, list).lines);
      for (const line of changes) expect(cycles).toContain(line);
      const state = (line: string) => line.slice(line.indexOf(",") + 1);
      cycles.forEach((line, i) => {
        if (changes.has(line)) return;
        expect(state(cycles[i - 1])).toBe(state(line));
        expect(state(cycles[i + 1])).toBe(state(line));
      });
    }),
  );
});

test("the first and the last cycle of a stretch without changes have a row", () => {
  const busyStep: Step = { ...QUIET, allocated: 5 };
  const list = [QUIET, QUIET, QUIET, QUIET, QUIET, busyStep, busyStep, QUIET, busyStep, QUIET, QUIET, QUIET, QUIET];
  const { rows } = record("change", "cycle,allocated", list);
  expect(rows).toEqual([
    { cycle: 1, allocated: 0 },
    { cycle: 2, allocated: 0 },
    { cycle: 5, allocated: 0 },
    { cycle: 6, allocated: 5 },
    { cycle: 7, allocated: 5 },
    { cycle: 8, allocated: 0 },
    { cycle: 9, allocated: 5 },
    { cycle: 10, allocated: 0 },
    { cycle: 13, allocated: 0 },
    { cycle: 13, allocated: 0 },
  ]);
});

test("samples have their own times, independent of the cycles", () => {
  const { rows } = record("sample", "time_s,allocated", [QUIET, { ...QUIET, allocated: 3 }, QUIET], 500_000);
  expect(rows).toEqual([
    { time_s: 0, allocated: 0 },
    { time_s: 0.5, allocated: 0 },
    { time_s: 1, allocated: 0 },
    { time_s: 1.5, allocated: 3 },
    { time_s: 2, allocated: 0 },
    { time_s: 2.5, allocated: 0 },
    { time_s: 3, allocated: 0 },
    { time_s: 3.25, allocated: 0 },
  ]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { traceSource } from "../../../src/sim/trace/changes.ts";
import { seriesList, withSeries } from "../../../src/sim/trace/columns.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { type Series, seriesOfWorkload, type Trace, WORKLOAD_FIELDS } from "../../../src/sim/trace/types.ts";
import { changesOf, linesText, traceOf } from "./support.ts";

const S = 1_000_000;

/** Changes of the target alone. */
function targetChanges(target: unknown, duration: unknown = 60): number[][] {
  return changesOf(traceSource(traceOf({ duration, host: { target } })))
    .filter(([, series]) => series === 0)
    .map(([at, , ...rest]) => [at, ...rest] as number[]);
}

describe("points become changes", () => {
  test("a step series changes at its points, unknown values included, and leaves out what changes nothing", () => {
    expect(
      targetChanges([
        [0, 1],
        [5, 2],
        [6, 2],
        [7, null],
        [8, null],
        [9, 2],
      ]),
    ).toEqual([
      [0, 1],
      [5 * S, 2],
      [7 * S, Number.NaN],
      [9 * S, 2],
    ]);
  });

  test("a linear series gives pieces with their ends, and the end of the last", () => {
    const points = [
      [0, 0],
      [10, 100],
      [20, 100],
      [30, null],
      [40, 50],
      [50, 0],
    ];
    expect(targetChanges({ hold: "linear", points })).toEqual([
      [0, 0, 10 * S, 100],
      [10 * S, 100],
      [30 * S, Number.NaN],
      [40 * S, 50, 50 * S, 0],
      [50 * S, 0],
    ]);
  });

  test("a period begins again until the trace ends, up to and including that instant", () => {
    expect(
      targetChanges(
        {
          points: [
            [0, 1],
            [4, 2],
          ],
          repeat: 10,
        },
        20,
      ),
    ).toEqual([
      [0, 1],
      [4 * S, 2],
      [10 * S, 1],
      [14 * S, 2],
      [20 * S, 1],
    ]);
  });

  test("a linear period may end in a point at its very end, from which the next one begins", () => {
    expect(
      targetChanges(
        {
          hold: "linear",
          points: [
            [0, 0],
            [5, 10],
            [10, 0],
          ],
          repeat: 10,
        },
        20,
      ),
    ).toEqual([
      [0, 0, 5 * S, 10],
      [5 * S, 10, 10 * S, 0],
      [10 * S, 0, 15 * S, 10],
      [15 * S, 10, 20 * S, 0],
      [20 * S, 0, 25 * S, 10],
    ]);
    expect(
      targetChanges(
        {
          hold: "linear",
          points: [
            [0, 0],
            [10, 10],
          ],
          repeat: 10,
        },
        15,
      ),
    ).toEqual([
      [0, 0, 10 * S, 10],
      [10 * S, 0, 20 * S, 10],
    ]);
  });

  test("a period in which nothing changes is not repeated, so that a century of it costs nothing", () => {
    expect(
      targetChanges(
        {
          points: [
            [0, 7],
            [1e-6, 7],
          ],
          repeat: "2us",
        },
        "36525d",
      ),
    ).toEqual([[0, 7]]);
    expect(
      targetChanges(
        {
          hold: "linear",
          points: [
            [0, 7],
            ["2us", null],
          ],
          repeat: "2us",
        },
        "36525d",
      ),
    ).toEqual([[0, 7]]);
  });
});

test("at time 0 every series has its value, in the order of the series; later changes come in the order of time", () => {
  const trace = traceOf({
    guest: {
      memory: "1GiB",
      kernelMemory: [
        [0, 5],
        [3, 6],
      ],
    },
    workloads: [
      {
        name: "a",
        anon: [
          [0, 9],
          [3, 8],
        ],
        workingSet: 4,
      },
      {
        name: "b",
        touch: [
          [0, 1],
          [2, 2],
        ],
      },
    ],
    host: {
      target: [
        [0, 0],
        [3, 1],
      ],
    },
  });
  expect(changesOf(traceSource(trace)).map(([at, series]) => [(at as number) / S, series])).toEqual([
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13].map((series) => [0, series]),
    [2, 10],
    [3, 0],
    [3, 1],
    [3, 2],
  ]);
});

const series = fc
  .record({
    gaps: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 5 }),
    values: fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(Number.NaN)), { minLength: 6, maxLength: 6 }),
    hold: fc.constantFrom("step", "linear"),
    slack: fc.option(fc.integer({ min: 0, max: 4 })),
  })
  .map(({ gaps, values, hold, slack }): Series => {
    const at = [0];
    for (const gap of gaps) at.push((at.at(-1) as number) + gap);
    const last = at.at(-1) as number;
    const least = hold === "linear" && at.length > 1 ? 0 : 1;
    const repeatUs = slack === null ? 0 : last + Math.max(slack, least);
    return {
      hold: hold as Series["hold"],
      at,
      value: values.slice(0, at.length),
      repeatUs,
      how: "assumed",
      from: null,
    };
  });

/** What a series says at `us`, read off its definition; the end of a line belongs to what comes after it. */
function definition({ hold, at, value, repeatUs }: Series, us: number): number {
  const local = repeatUs > 0 ? us % repeatUs : us;
  const index = at.findLastIndex((each) => each <= local);
  const here = value[index] as number;
  const next = value[index + 1];
  if (hold === "step" || next === undefined || Number.isNaN(next)) return here;
  const [from, to] = [at[index] as number, at[index + 1] as number];
  return here + ((next - here) * (local - from)) / (to - from);
}

/** Every series of a trace with two workloads, replaced by random ones. */
const randomTrace = fc.array(series, { minLength: 14, maxLength: 14 }).map((list) => {
  const base = traceOf({
    workloads: [
      { name: "a", workingSet: 0 },
      { name: "b", workingSet: 0 },
    ],
  });
  return withSeries({ ...base, durationUs: 40 }, list);
});

/** What a consumer of changes holds of every series at every microsecond up to `endUs`. */
function replay(changes: readonly number[][], endUs: number): Map<number, number>[] {
  const now = new Map<number, { atUs: number; value: number; untilUs: number; untilValue: number }>();
  const instants: Map<number, number>[] = [];
  let next = 0;
  for (let us = 0; us <= endUs; us++) {
    for (; changes[next]?.[0] === us; next++) {
      const [atUs, id, value, untilUs = atUs, untilValue = value] = changes[next] as [number, number, number];
      now.set(id, { atUs, value, untilUs, untilValue });
    }
    const values = [...now].map(([id, { atUs, value, untilUs, untilValue }]): [number, number] => [
      id,
      us >= untilUs ? untilValue : value + ((untilValue - value) * (us - atUs)) / (untilUs - atUs),
    ]);
    instants.push(new Map(values));
  }
  expect(next).toBe(changes.length);
  return instants;
}

function expectSame(value: number | undefined, expected: number | undefined): void {
  if (Number.isNaN(expected)) expect(value).toBeNaN();
  else expect(value).toBeCloseTo(expected as number, 9);
}

test("replaying the changes gives back what the series say at every instant", () => {
  fc.assert(
    fc.property(randomTrace, (trace) => {
      replay(changesOf(traceSource(trace)), trace.durationUs).forEach((values, us) => {
        for (const [id, each] of (seriesList(trace) as Series[]).entries()) {
          expectSame(values.get(id), definition(each, us));
        }
      });
    }),
    { numRuns: 300 },
  );
});

test("changes come in the order of time, then of series, and no more than one for a series at an instant", () => {
  fc.assert(
    fc.property(randomTrace, (trace) => {
      const changes = changesOf(traceSource(trace));
      for (let i = 1; i < changes.length; i++) {
        const [a, b] = [changes[i - 1], changes[i]] as [number[], number[]];
        expect((a[0] as number) < (b[0] as number) || (a[0] === b[0] && (a[1] as number) < (b[1] as number))).toBe(
          true,
        );
      }
    }),
  );
});

/** The random trace without periods, as one document and as rows that say of every series what it is at their time. */
function asRows(random: Trace, holdAll?: Series["hold"]): { document: Trace; text: string } {
  const list = (seriesList(random) as Series[]).map((each) => ({ ...each, hold: holdAll ?? each.hold, repeatUs: 0 }));
  // Rates may have fractions, which a line between two sizes has too; the other series stay as they are by default.
  const columns = ["a", "b"].flatMap((name, workload) =>
    (["touch", "fileRead", "fileWrite"] as const).map((field) => ({
      key: `${name}/${field}`,
      id: seriesOfWorkload(workload, WORKLOAD_FIELDS.indexOf(field)),
    })),
  );
  const chosen = new Set(columns.map(({ id }) => id));
  const base = seriesList(traceOf({ duration: "40us", workloads: [{ name: "a" }, { name: "b" }] }));
  const document = withSeries(
    random,
    base.map((each, id) => (chosen.has(id) ? (list[id] as Series) : each)),
  );
  const times = [...new Set(columns.flatMap(({ id }) => (list[id] as Series).at))].sort((a, b) => a - b);
  const rows = times.map((us) => {
    const row: Record<string, unknown> = { t: us / 1e6 };
    for (const { key, id } of columns) {
      const each = list[id] as Series;
      // A step is given where it changes; a line needs its value wherever any row is.
      if (!each.at.includes(us) && each.hold === "step") continue;
      const value = definition(each, us);
      row[key] = Number.isNaN(value) ? null : value;
    }
    return row;
  });
  const header = {
    duration: "40us",
    workloads: [{ name: "a" }, { name: "b" }],
    rows: Object.fromEntries(columns.map(({ key, id }) => [key, { hold: (list[id] as Series).hold }])),
  };
  return { document, text: linesText(header, rows) };
}

test("step series give the same changes as one document and as rows", () => {
  fc.assert(
    fc.property(randomTrace, (random) => {
      const { document, text } = asRows(random, "step");
      expect(changesOf(readTrace(text))).toEqual(changesOf(traceSource(document)));
    }),
    { numRuns: 300 },
  );
});

test("straight lines have the same values as one document and as rows", () => {
  fc.assert(
    fc.property(randomTrace, (random) => {
      const { document, text } = asRows(random);
      const streamed = replay(changesOf(readTrace(text)), 40);
      replay(changesOf(traceSource(document)), 40).forEach((values, us) => {
        for (const [id, value] of values) expectSame(streamed[us]?.get(id), value);
      });
    }),
    { numRuns: 300 },
  );
});

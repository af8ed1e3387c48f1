import fc from "fast-check";

/** A trace as it stands in a file. */
export type TraceDocument = Readonly<Record<string, unknown>>;

/** A part of something, in 64ths: small numbers shrink well, and products stay whole for sizes that are multiples. */
const SHARES = 64;

interface Guest {
  readonly swap?: number;
}

interface Workload {
  readonly anon: unknown;
  /** Until it is known how much there is to swap: which part of it. */
  readonly swapped?: number;
}

type Points = readonly (readonly [number, number | null])[];

/** A series of values from 0 to `max` over a trace of so many seconds: steps, lines, unknown values, periods. */
function series(max: number, seconds: number): fc.Arbitrary<unknown> {
  const value = fc.nat(SHARES).map((share) => Math.floor((max * share) / SHARES));
  const perhaps = fc.option(value, { freq: 8 });
  const points = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: seconds * 4 - 1 }), perhaps), {
      maxLength: 5,
      selector: ([at]) => at,
    })
    .map((list) => list.sort(([a], [b]) => a - b).map(([at, v]) => [at / 4, v] as const));
  const whole = fc.tuple(value, points).map(([first, rest]): Points => [[0, first], ...rest]);
  return fc.oneof(
    value,
    whole,
    fc.record({ points: whole, hold: fc.constantFrom("step", "linear") }),
    fc.tuple(value, value).map(([a, b]) => ({
      points: [
        [0, a],
        [2, b],
        [3.5, a],
      ],
      hold: "linear",
      repeat: 5,
    })),
  );
}

function workload(name: string, memory: number, seconds: number): fc.Arbitrary<Workload> {
  const rate = fc.constantFrom(0, 0.3, 77, 25_600, 2_000_000);
  return fc
    .record(
      {
        name: fc.constant(name),
        anon: series(memory, seconds),
        workingSet: fc.nat(SHARES).map((share) => share / SHARES),
        touch: fc.oneof(rate, series(30_000, seconds)),
        fileSet: series(memory, seconds),
        fileRead: fc.oneof(rate, series(20_000, seconds)),
        fileWrite: fc.oneof(rate, series(5_000, seconds)),
        fileWarm: fc.boolean(),
        swapped: fc.nat(SHARES).map((share) => share / SHARES),
        restart: fc.constantFrom(0.5, 3, 17),
        cpu: fc.constantFrom(0.1, 1, 2.5),
      },
      { requiredKeys: ["name", "anon"] },
    )
    .map((w) => (w.workingSet === undefined ? w : { ...w, workingSet: scaled(w.anon, w.workingSet) }));
}

/** What a series begins with. */
function firstOf(series: unknown): number {
  if (typeof series === "number") return series;
  if (Array.isArray(series)) return series[0][1];
  return firstOf((series as { points: unknown }).points);
}

/** The trace with a part of each workload's memory in swap at time 0, as far as all have room there. */
function withSwapped(document: { guest: Guest; workloads: readonly Workload[] }): TraceDocument {
  const { guest, workloads } = document;
  const room = Math.floor((guest.swap ?? 0) / Math.max(1, workloads.length));
  return {
    ...document,
    workloads: workloads.map(({ swapped, ...w }) =>
      swapped === undefined ? w : { ...w, swapped: Math.floor(Math.min(room, firstOf(w.anon)) * swapped) },
    ),
  };
}

/** A series of the same shape with every value a part of the other's: a trace's working set is part of its memory. */
function scaled(of: unknown, part: number): unknown {
  if (typeof of === "number") return Math.floor(of * part);
  if (Array.isArray(of)) return of.map(([at, value]) => [at, value === null ? null : Math.floor(value * part)]);
  const object = of as { points: unknown };
  return { ...object, points: scaled(object.points, part) };
}

const COMMANDS = ["start", "guest-id", "get-target", "lock", "unlock"] as const;

function rule(seconds: number, more: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  const when = fc.record(
    {
      from: fc.integer({ min: 0, max: seconds - 1 }),
      lasting: fc.integer({ min: 1, max: seconds }),
      count: fc.constantFrom(1, 2, 15, 16, 17, 500),
      every: fc.constantFrom(1, 2, 7, 1000),
      fraction: fc.constantFrom(1, 0.5, 0.01),
    },
    { requiredKeys: ["from"] },
  );
  return fc.tuple(when, fc.record(more)).map(([{ lasting, ...r }, rest]) => ({
    ...r,
    ...(lasting === undefined ? {} : { until: r.from + lasting }),
    ...rest,
  }));
}

const status = fc.constantFrom(1, 2, 3, 5, "notneeded", "reset", "busy", "failure", "success");

function host(memory: number, seconds: number): fc.Arbitrary<unknown> {
  return fc.record(
    {
      target: series(Math.floor(memory * 1.2), seconds),
      callCost: fc.constantFrom("0ns", "1.5us", "2us", "14us", "3ms", "200ms"),
      refusals: fc.array(rule(seconds, { status }), { maxLength: 2 }),
      resets: fc.uniqueArray(fc.integer({ min: 0, max: seconds }), { maxLength: 2 }),
      faults: fc.array(rule(seconds, { status, command: fc.constantFrom(...COMMANDS) }), { maxLength: 2 }),
    },
    { requiredKeys: ["target"] },
  );
}

const cost = fc.constantFrom("0ns", "1ns", "1us", "74us", "2ms");

/** What differs from machine to machine; each setting may be left to the profile. */
function guest(memory: number, seconds: number): fc.Arbitrary<Guest> {
  return fc
    .record(
      {
        memory: fc.constant(memory),
        profile: fc.constantFrom("linux-6.1", "linux-2.6.32", "balloon-hw"),
        giveWay: fc.constantFrom(
          ...[true, false, { psi: 1, after: "1s", holdOff: "3s", holdOffMax: "9s" }, { after: 0, pace: "64KiB/s" }],
        ),
        lru: fc.constantFrom("classic", "mglru"),
        swap: fc.constantFrom(0, 100, memory >> 2, memory),
        // The kernel has at most a quarter, and keeps at most a half free.
        balloon: fc.constantFrom(0, 1, memory >> 5, memory >> 3),
        swappiness: fc.constantFrom(0, 60, 100, 200),
        minFree: fc.constantFrom(0, 200, memory >> 4, memory >> 1),
        watermarkScaleFactor: fc.constantFrom(1, 10, 1000),
        thp: fc.constantFrom("never", "madvise", "always"),
        hz: fc.constantFrom(100, 250, 300, 1000),
        cpus: fc.constantFrom(4, 8),
        cpu: fc.nat(3),
        kernelMemory: series(memory >> 2, seconds),
        costs: fc.record(
          {
            alloc: cost,
            free: cost,
            fault: cost,
            scan: cost,
            unmap: cost,
            swapWrite: cost,
            swapRead: cost,
            fileRead: cost,
            fileWrite: cost,
            touch: cost,
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ["memory", "cpus"] },
    )
    .map((one) => (one.profile === "linux-2.6.32" ? { ...one, lru: "classic", thp: "never" } : one));
}

/** Small traces in which everything happens that a trace can ask for; each can be run. */
export const traceDocuments: fc.Arbitrary<TraceDocument> = fc
  .tuple(fc.constantFrom(16_384, 20_001, 65_536, 262_144, 524_288), fc.constantFrom(8, 20, 45))
  .chain(([memory, seconds]) =>
    fc.record({
      format: fc.constant("balloon-sim/trace"),
      version: fc.constant(1),
      name: fc.constant("random"),
      duration: fc.constant(seconds),
      seed: fc.constantFrom("a", "b"),
      guest: guest(memory, seconds),
      workloads: fc
        .nat(3)
        .chain((count) => fc.tuple(...["a", "b", "c"].slice(0, count).map((name) => workload(name, memory, seconds)))),
      host: host(memory, seconds),
    }),
  )
  .map(withSwapped);

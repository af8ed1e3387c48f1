/**
 * Random scenarios for `balloon-sim fuzz`: a trace and constants of the driver, all from one seed. Each seed first
 * draws the set of features ("swarm testing"): a run with all features rarely reaches states to which a single feature
 * leads.
 */
import type { Pages, Seconds } from "../../common/units.ts";
import { type BalloonPolicy, DEFAULT_POLICY, type Params } from "../../engine/index.ts";
import { watermarks } from "../guest/watermarks.ts";
import { Draws } from "../random/draws.ts";
import { PROFILES, type Profile } from "../trace/profile.ts";
import { CAPABILITY_NAMES } from "../trace/sections/host.ts";
import type { ThpMode } from "../trace/types.ts";

/** Optional features of a scenario, besides a guest, a target and a driver. Each is enabled with probability 1/2. */
export const FEATURES = [
  "swap",
  "growing",
  "working-set",
  "touching",
  "files",
  "reading",
  "writing",
  "cold-files",
  "second-workload",
  "restarting",
  "computing",
  "kernel-memory",
  "lines",
  "repeats",
  "unknowns",
  "refusals",
  "random-refusals",
  "resets",
  "faults",
  "unlock-faults",
  "busy-start",
  "wild-target",
  "moving-target",
  "other-rates",
  "tiny-rates",
  "old-kernel",
  "tiny-guest",
  "odd-watermarks",
  "odd-clock",
  "dear-calls",
  "free-calls",
  "balloon-before",
  "swapped-before",
  "generations",
  "huge-pages",
] as const;
export type Feature = (typeof FEATURES)[number];

/** The JSON document of a trace, which is changed while a failure is shrunk. */
export type TraceDocument = {
  duration: Seconds;
  guest: Record<string, unknown>;
  workloads: Record<string, unknown>[];
  host: Record<string, unknown>;
} & Record<string, unknown>;

export interface Scenario {
  readonly seed: string;
  readonly policy: BalloonPolicy;
  readonly features: readonly Feature[];
  readonly document: TraceDocument;
  readonly rates: Params;
  /** From this time on, in seconds, the host refuses no command and its target is constant. */
  readonly calmFrom: Seconds;
}

type Point = [seconds: number, value: number | null];

/** Maximum time with faults, in seconds, and minimum time between a lowered target and the end of the run. */
const STORM_SECONDS = 120;
const CALM_SECONDS = 60;
/** In the calm period a cycle lasts less than this many seconds at any cost of a command. */
const CYCLE_SECONDS = 3;

/** The scenario of a seed, for a driver. */
export function scenarioOf(seed: string, policy: BalloonPolicy = DEFAULT_POLICY): Scenario {
  return new Maker(seed, policy).scenario();
}

/** Minimum number of pages that a driver frees in a work cycle: all, if it has no limit. */
function leastRelease({ columns }: BalloonPolicy, rates: Params): Pages {
  const limit = columns.find((column) => column.limit?.of === "deflation")?.limit;
  return limit === undefined ? Number.POSITIVE_INFINITY : (rates[limit.least] as number);
}

/** Statuses of refused commands. */
const STATUSES = [1, 2, 3, 4, 5, 6, 7, 8, 0xffff_ffff];

class Maker {
  readonly #seed: string;
  readonly #policy: BalloonPolicy;
  readonly #draws: Draws;
  readonly #features: ReadonlySet<Feature>;
  readonly #memory: Pages;
  readonly #storm: Seconds;

  constructor(seed: string, policy: BalloonPolicy) {
    this.#seed = seed;
    this.#policy = policy;
    const swarm = new Draws(seed, "fuzz features");
    this.#features = new Set(FEATURES.filter(() => swarm.chance(0.5)));
    this.#draws = new Draws(seed, "fuzz");
    this.#memory = this.#has("tiny-guest") ? this.#draws.size(1, 4096) : this.#draws.size(4096, 1 << 19);
    this.#storm = this.#draws.whole(5, STORM_SECONDS);
  }

  #has(feature: Feature): boolean {
    return this.#features.has(feature);
  }

  scenario(): Scenario {
    const rates = this.#rates();
    const last = this.#lastTarget();
    // Enough time to deflate the largest balloon at the lowest rate.
    const deflation = Math.max(1, Math.ceil(this.#memory / leastRelease(this.#policy, rates))) * CYCLE_SECONDS;
    const guest = this.#guest();
    const workloads = this.#has("second-workload")
      ? [this.#workload("first"), this.#workload("second")]
      : [this.#workload("only")];
    const host = this.#host(last);
    this.#before(guest, workloads);
    if (this.#policy !== DEFAULT_POLICY) this.#otherDriver(guest, host);
    const document: TraceDocument = {
      format: "balloon-sim/trace",
      version: 1,
      name: "fuzz",
      description: `balloon-sim fuzz --seed ${this.#seed} --runs 1${driverOption(this.#policy)}`,
      duration: this.#storm + deflation + CALM_SECONDS,
      seed: this.#seed.slice(0, 200),
      origin: { kind: "synthetic", note: `Drawn at random: ${[...this.#features].join(", ")}` },
      guest,
      workloads,
      host,
    };
    return {
      ...{ seed: this.#seed, policy: this.#policy, features: [...this.#features], document, rates },
      calmFrom: this.#storm,
    };
  }

  /** An old kernel has no huge pages. */
  get #isOldKernel(): boolean {
    return this.#has("old-kernel") && !this.#has("huge-pages");
  }

  #profile(): string {
    if (this.#isOldKernel) return "linux-2.6.32";
    // From its own stream: the rest of a scenario is that of the same seed without generations.
    const isNew = this.#has("generations") && new Draws(this.#seed, "fuzz kernel").chance(0.5);
    return isNew ? "linux-6.12" : "linux-6.1";
  }

  #rates(): Params {
    const isTiny = this.#has("tiny-rates");
    if (!isTiny && !this.#has("other-rates")) return this.#policy.defaults;
    return this.#policy.draw(this.#draws, isTiny, this.#memory);
  }

  /** What other drivers have of their host, from its own stream: capabilities, costs, failures of batched commands. */
  #otherDriver(guest: Record<string, unknown>, host: Record<string, unknown>): void {
    const draws = new Draws(this.#seed, "fuzz driver");
    guest.driver = this.#policy.name;
    const granted = Object.keys(CAPABILITY_NAMES).filter(() => draws.chance(0.7));
    if (draws.chance(0.7)) host.capabilities = granted;
    if (draws.chance(0.5)) host.entryCost = `${draws.whole(0, 4000)}ns`;
    if (!this.#has("faults")) return;
    const from = draws.whole(0, this.#storm - 1);
    const rule = { from, until: draws.whole(from + 1, this.#storm), every: draws.whole(1, 20) };
    const command = draws.pick([
      "batched-lock",
      "batched-unlock",
      "batched-2m-lock",
      "batched-2m-unlock",
      "doorbell-set",
    ]);
    (host.faults as unknown[]).push({ ...rule, command, status: draws.pick(STATUSES) });
  }

  #guest(): Record<string, unknown> {
    const draws = this.#draws;
    return {
      memory: this.#memory,
      profile: this.#profile(),
      ...(this.#has("generations") && !this.#isOldKernel ? { lru: "mglru" } : {}),
      swap: this.#has("swap") ? draws.size(1, 2 * this.#memory) : 0,
      ...(draws.chance(0.3) ? { swappiness: draws.whole(0, 100) } : {}),
      ...(this.#has("odd-watermarks")
        ? { minFree: draws.whole(0, Math.floor(this.#memory / 2)), watermarkScaleFactor: draws.whole(1, 1000) }
        : {}),
      ...(this.#has("huge-pages") ? { thp: "always" } : {}),
      ...(this.#has("odd-clock") ? this.#clock() : {}),
      kernelMemory: this.#has("kernel-memory") ? this.#series(Math.floor(this.#memory / 3)) : 0,
    };
  }

  /** The state before the trace begins, from its own stream of random numbers. */
  #before(guest: Record<string, unknown>, workloads: readonly Record<string, unknown>[]): void {
    const draws = new Draws(this.#seed, "fuzz before");
    if (this.#has("balloon-before")) {
      const { kernel } = PROFILES.get(guest.profile as string) as Profile;
      const thp = (guest.thp as ThpMode | undefined) ?? "never";
      const scale = (guest.watermarkScaleFactor as number | undefined) ?? kernel.watermarkScaleFactor;
      const { min } = watermarks(this.#memory, kernel, (guest.minFree as number | undefined) ?? null, scale, thp);
      guest.balloon = draws.whole(0, Math.max(0, this.#memory - firstOf(guest.kernelMemory) - min - 1));
    }
    if (!this.#has("swapped-before")) return;
    const room = Math.floor((guest.swap as number) / workloads.length);
    for (const w of workloads) w.swapped = draws.whole(0, Math.min(room, firstOf(w.anon)));
  }

  #clock(): Record<string, unknown> {
    const cpus = this.#draws.whole(1, 8);
    return { hz: this.#draws.pick([100, 250, 300, 1000]), cpus, cpu: this.#draws.whole(0, cpus - 1) };
  }

  #workload(name: string): Record<string, unknown> {
    const draws = this.#draws;
    const share = this.#has("second-workload") ? 2 : 1;
    const anonMax = Math.floor((this.#memory * draws.pick([0.1, 0.5, 1, 2])) / share);
    const anon = this.#has("growing") ? this.#series(anonMax) : draws.whole(0, anonMax);
    return {
      name,
      anon,
      // A working set must not exceed its memory, so it is separate only if the memory is constant.
      ...(this.#has("working-set") && typeof anon === "number" ? { workingSet: draws.whole(0, anon) } : {}),
      touch: this.#has("touching") ? this.#series(Math.floor(this.#memory * draws.pick([0.01, 1, 10]))) : 0,
      fileSet: this.#has("files") ? this.#series(Math.floor(this.#memory / share)) : 0,
      fileRead: this.#has("reading") ? this.#series(Math.floor(this.#memory * draws.pick([0.01, 1]))) : 0,
      fileWrite: this.#has("writing") ? this.#series(Math.floor(this.#memory * draws.pick([0.01, 0.3]))) : 0,
      fileWarm: !this.#has("cold-files"),
      restart: this.#has("restarting") ? draws.whole(0, 20) : null,
      cpu: this.#has("computing") ? draws.pick([0.2, 1, 3]) : 0,
    };
  }

  #host(last: Pages): Record<string, unknown> {
    const draws = this.#draws;
    const max = this.#has("wild-target") ? 0xffff_ffff : this.#memory;
    const times = draws.ascending(draws.whole(0, 8), 0, this.#storm - 1);
    const points: Point[] = times.map((t) => [t, draws.chance(0.2) ? 0 : draws.whole(0, max)]);
    if (points[0]?.[0] !== 0) points.unshift([0, 0]);
    points.push([this.#storm, last]);
    const moves = this.#has("moving-target") && !this.#has("unknowns");
    return {
      target: { points, hold: moves ? "linear" : "step" },
      callCost: this.#has("free-calls") ? "0us" : `${this.#has("dear-calls") ? draws.whole(10, 40) : 2}us`,
      refusals: [
        ...(this.#has("refusals") ? this.#rules(() => ({ count: draws.size(1, 64), status: this.#status() })) : []),
        ...(this.#has("random-refusals")
          ? this.#rules(() => ({ fraction: draws.pick([0.0001, 0.01, 0.5]), status: this.#status() }))
          : []),
      ],
      resets: this.#has("resets") ? draws.ascending(draws.whole(1, 5), 0, this.#storm - 1) : [],
      faults: [
        ...(this.#has("faults")
          ? this.#rules(() => ({
              command: draws.pick(["start", "guest-id", "get-target"]),
              count: draws.whole(1, 5),
              status: this.#status(),
            }))
          : []),
        ...(this.#has("unlock-faults")
          ? this.#rules(() => ({ command: "unlock", every: draws.size(1, 5000), status: this.#status() }))
          : []),
        ...(this.#has("busy-start") ? [{ from: 0, until: 1, command: "guest-id", count: 1, status: "busy" }] : []),
      ],
    };
  }

  /** A few rules that all end before the calm period. */
  #rules(more: () => Record<string, unknown>): Record<string, unknown>[] {
    return Array.from({ length: this.#draws.whole(1, 3) }, () => {
      const from = this.#draws.whole(0, this.#storm - 1);
      return { from, until: this.#draws.whole(from + 1, this.#storm), ...more() };
    });
  }

  #status(): number {
    return this.#draws.pick(STATUSES);
  }

  #lastTarget(): Pages {
    return this.#draws.chance(0.5) ? 0 : this.#draws.whole(0, this.#memory);
  }

  /** A series over the time of the storm, with values from 0 to `max`. */
  #series(max: number): unknown {
    const draws = this.#draws;
    if (draws.chance(0.4)) return draws.whole(0, max);
    const times = [0, ...draws.ascending(draws.whole(1, 6), 1, this.#storm)];
    const isUnknown = () => this.#has("unknowns") && draws.chance(0.2);
    const points: Point[] = times.map((t, i) => [t, i > 0 && isUnknown() ? null : draws.whole(0, max)]);
    return {
      points,
      hold: this.#has("lines") ? "linear" : "step",
      ...(this.#has("repeats") && draws.chance(0.5) ? { repeat: (times.at(-1) as number) + draws.whole(1, 30) } : {}),
    };
  }
}

/** The option of the command that names a driver; empty for the default driver. */
export const driverOption = (policy: BalloonPolicy): string =>
  policy === DEFAULT_POLICY ? "" : ` --driver ${policy.name}`;

/** The first value of a series. */
const firstOf = (series: unknown): number =>
  typeof series === "number" ? series : ((series as { points: Point[] }).points[0]?.[1] as number);

/** Holds the claims of shadows against what recorded runs with the other driver really did. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BalloonPolicy, VMMEMCTL, VMW_BALLOON } from "../../../src/engine/index.ts";
import { type Claim, claimsOf, windowResult } from "../../../src/sim/shadow/claims.ts";
import { type PredictedDriver, predict, WORLDS } from "../../../src/sim/shadow/predict.ts";
import { measuredRows, type Rows } from "../../../src/sim/shadow/rows.ts";
import type { Sample } from "../../../src/sim/shadow/sample.ts";
import type { ShadowWindow } from "../../../src/sim/shadow/window.ts";
import { type RecordedRows, recordedRows } from "../fakes/shadowed-machine.ts";

const RUNS = fileURLToPath(new URL("../../sim/fidelity/compare-runs/", import.meta.url));

export const SCENARIOS = ["idle", "working", "working-san", "reading", "growing", "writing", "moving-san"] as const;
export type Scenario = (typeof SCENARIOS)[number];

const TUNED = { nosleepAllocMax: 94_689, freeMax: 74_442, allocMax: 3259, slowCycles: 1 };
/** The recorded drivers: policies and rates. */
const DRIVERS = {
  "2010": [VMMEMCTL, {}],
  tuned: [VMMEMCTL, TUNED],
  gentle: [VMMEMCTL, { ...TUNED, allocMax: 512, allocMin: 64 }],
  mainline: [VMW_BALLOON, {}],
} as const satisfies Record<string, readonly [BalloonPolicy, Record<string, number>]>;
export type Driver = keyof typeof DRIVERS;

/** Real drivers, each with the others that a shadow beside it could be asked about. */
export const PAIRS: readonly (readonly [Driver, Driver])[] = [
  ["2010", "tuned"],
  ["2010", "gentle"],
  ["2010", "mainline"],
  ["mainline", "2010"],
  ["mainline", "tuned"],
  ["mainline", "gentle"],
];

const KIB_PER_PAGE = 4;

/** The samples of a recorded run. */
function samplesOf({ rows, memTotalKib, swapTotalKib, zones }: RecordedRows): Sample[] {
  const minFree = [...zones.matchAll(/\n {8}min (\d+)/g)].reduce((sum, [, pages]) => sum + Number(pages), 0);
  const pages = (kib: number): number => Math.round(kib / KIB_PER_PAGE);
  return rows.map((row) => {
    const value = (name: string): number => row[name] as number;
    return {
      timeUs: Math.round(value("t_s") * 1e6),
      wallMs: 0,
      target: value("target"),
      size: value("size"),
      memory: pages(memTotalKib),
      free: pages(value("free_kB")),
      anon: pages(value("anon_kB")),
      files: pages(value("cached_kB") + value("buffers_kB")),
      swapCached: 0,
      swapTotal: pages(swapTotalKib),
      swapUsed: pages(swapTotalKib - value("swapfree_kB")),
      minFree,
      swapOut: value("pswpout"),
      swapIn: value("pswpin"),
      someUs: value("psi_some_us"),
      fullUs: value("psi_full_us"),
      oomKills: value("oom_kill"),
    };
  });
}

/** The recorded repetitions of a scenario with a driver, a window each. */
export const recordedWindows = (scenario: Scenario, driver: Driver): ShadowWindow[] =>
  readdirSync(RUNS)
    .filter((name) => new RegExp(`^compare-${scenario}-${driver}\\.\\d+\\.csv$`).test(name))
    .sort()
    .map((name) => ({ samples: samplesOf(recordedRows(join(RUNS, name))), isIdle: false }));

/** The driver in the guest of the VM lab. @param machine a machine document; null: none is named */
export function recordedDriver(name: Driver, machine: object | null): PredictedDriver {
  const [policy, rates] = DRIVERS[name];
  const guest = { profile: "linux-6.1", driver: policy.name, cpus: 2, thp: "always" };
  return {
    guest: { ...guest, ...(machine === null ? {} : { machine }) },
    rates: { ...policy.defaults, ...rates },
  };
}

/** A claim, and the difference that was really measured between runs with the one and with the other driver. */
export interface HeldClaim {
  readonly scenario: Scenario;
  readonly real: Driver;
  readonly other: Driver;
  readonly claim: Claim;
  readonly actual: number;
}

/** All claims of shadows of the recorded runs, with what is true. @param machine as in `recordedDriver` */
export function heldClaims(machine: object | null): HeldClaim[] {
  return SCENARIOS.flatMap((scenario) => {
    const windows = new Map(PAIRS.flat().map((driver) => [driver, recordedWindows(scenario, driver)]));
    const predictions = new Map<string, Rows[][]>();
    /** What a driver would have done in the windows of another one. */
    const predicted = (inWindowsOf: Driver, driver: Driver): Rows[][] => {
      const key = `${inWindowsOf} ${driver}`;
      const known =
        predictions.get(key) ??
        (windows.get(inWindowsOf) as ShadowWindow[]).map((window) =>
          WORLDS.map((world) => predict(window, recordedDriver(driver, machine), world)),
        );
      predictions.set(key, known);
      return known;
    };
    return PAIRS.flatMap(([real, other]) => {
      const own = windows.get(real) as ShadowWindow[];
      const others = windows.get(other) as ShadowWindow[];
      const claims = claimsOf(
        own.map((window, i) =>
          windowResult(measuredRows(window), predicted(real, real)[i] as Rows[], predicted(real, other)[i] as Rows[]),
        ),
      );
      const truth = claimsOf(
        others.map((window) => {
          const rows = measuredRows(window);
          return windowResult(rows, [rows], [rows]);
        }),
      );
      return claims.map((claim, i): HeldClaim => {
        const { kind, measured } = truth[i] as Claim;
        // A sum over other windows is compared by the window.
        const theirs = kind.weight === "total" ? (measured * own.length) / others.length : measured;
        return { scenario, real, other, claim, actual: theirs - claim.measured };
      });
    });
  });
}

import { DEFAULT_RATES, RATE_FIELDS, type Rates } from "../../../src/engine/index.ts";
import { replayText } from "../in-process/replay-text.ts";
import { CONSTANT_SETS } from "./constants.ts";
import { randomPlan } from "./plans.ts";
import { seeded } from "./random.ts";

/** A plan that is kept with what the oracle says to it. */
export interface GoldenPlan {
  readonly name: string;
  /** What it shows. */
  readonly shows: string;
  /** Constants that are not the reference driver's. */
  readonly constants?: Partial<Rates>;
  /** The plan, its INIT line first. */
  readonly lines: readonly string[];
}

interface CycleFields {
  readonly target: number | string;
  readonly status?: number | string;
  readonly nosleep?: number;
  readonly sleep?: number;
  readonly lock?: string;
  readonly unlock?: string;
  readonly start?: number | string;
  readonly guestId?: number | string;
  readonly memory?: string;
}

const LOADED = "INIT 0 0";

function cycle(fields: CycleFields): string {
  const { target, status = 0, nosleep = -1, sleep = -1, lock = "-", unlock = "-", start = 0, guestId = 0 } = fields;
  return `C ${target} ${status} ${nosleep} ${sleep} ${lock} ${unlock} ${start} ${guestId} ${fields.memory ?? "1048576"}`;
}

const times = (count: number, fields: CycleFields) => Array.from({ length: count }, () => cycle(fields));
const each = <T>(values: readonly T[], fields: (value: T) => CycleFields) => values.map((v) => cycle(fields(v)));
/** `count` commands from the `first` on are answered with `status`. */
const row = (first: number, count: number, status: number | string) =>
  Array.from({ length: count }, (_, k) => `${first + k}:${status}`).join(",");

const STATUSES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 4294967295];
const WIDE_STATUSES = ["4294967296", "4294967301", "4294967302", "4294967303", "18446744073709551615"];

/** Plans that show one thing each. */
export const GOLDEN_PLANS: readonly GoldenPlan[] = [
  {
    name: "inflate-deflate",
    shows: "full cycles of 16,385 pages up, 16,384 down, and the remainders",
    lines: [LOADED, ...times(4, { target: 50_000 }), ...times(5, { target: 0 }), "EXIT"],
  },
  {
    name: "targets-around-the-constants",
    shows: "targets a page below, at and above each constant, from an empty balloon and back",
    lines: [
      LOADED,
      ...[16, 512, 1024, 2048, 16_384, 16_385].flatMap((n) =>
        each([n - 1, 0, n, 0, n + 1, 0], (target) => ({ target })),
      ),
    ],
  },
  {
    name: "idle",
    shows: "cycles that have nothing to do count the timer and the target only",
    lines: [LOADED, ...times(3, { target: 0 }), ...times(5, { target: 777 }), "EXIT"],
  },
  {
    name: "load-fails-start",
    shows: "the host refuses START: the driver does not load",
    lines: ["INIT 1 0", cycle({ target: 5 })],
  },
  {
    name: "load-fails-guest-id",
    shows: "the host refuses GUEST_ID: the driver does not load",
    lines: ["INIT 0 7", cycle({ target: 5 })],
  },
  {
    name: "exit-at-once",
    shows: "unloading a driver that has not run a cycle",
    lines: ["INIT 0 0", "EXIT"],
  },
  {
    name: "exit-start-fails",
    shows: "the START of unloading is answered as the last cycle says; the pages go back all the same",
    lines: [LOADED, cycle({ target: 3000, start: 8 }), "EXIT"],
  },
  {
    name: "nosleep-failures",
    shows: "the first failure of a non-sleeping allocation around the sleeping rate: switch or pause",
    lines: [
      LOADED,
      ...each([0, 1, 511, 1024, 1025, 2046, 2047, 2048, 2049, 16_383, 16_384, 16_385], (nosleep) => ({
        target: 60_000,
        nosleep,
      })).flatMap((line) => [line, ...times(4, { target: 0 })]),
    ],
  },
  {
    name: "nosleep-failure-at-the-goal",
    shows: "the failed attempt uses up a turn: a cycle may end a page short of its goal",
    lines: [
      LOADED,
      ...each([0, 1, 98, 99, 100, 101], (nosleep) => ({ target: 100, nosleep })).flatMap((line) => [
        line,
        cycle({ target: 100 }),
        cycle({ target: 0 }),
      ]),
    ],
  },
  {
    name: "slow-cycles",
    shows: "after a failure three more cycles keep to the sleeping rate, which grows in each of them",
    lines: [LOADED, cycle({ target: 60_000, nosleep: 100, sleep: 0 }), ...times(6, { target: 60_000 })],
  },
  {
    name: "sleeping-failures",
    shows: "failed sleeping allocations halve the rate to 512 and no further",
    lines: [
      LOADED,
      ...each([0, 1, 500, 2047, 2048, 0, 0], (sleep) => ({ target: 60_000, nosleep: 0, sleep })),
      ...times(3, { target: 60_000, nosleep: 0 }),
    ],
  },
  {
    name: "rate-recovers",
    shows: "the sleeping rate back from 512 to 2,048 in fast cycles",
    lines: [
      LOADED,
      ...times(3, { target: 9000, nosleep: 0, sleep: 0 }),
      ...times(4, { target: 0 }),
      ...times(9, { target: 160_000 }),
    ],
  },
  {
    name: "refusals-14-to-18",
    shows: "up to 15 refused pages are held to the end of the cycle, the 16th ends it",
    lines: [
      LOADED,
      ...[14, 15, 16, 17, 18].flatMap((n) => [cycle({ target: 300, lock: row(7, n, 5) }), cycle({ target: 0 })]),
    ],
  },
  {
    name: "refusals-by-position",
    shows: "a refusal at the first, second, last but one, last page of the goal, and beyond",
    lines: [
      LOADED,
      ...[0, 1, 98, 99, 100, 101].flatMap((at) => [cycle({ target: 100, lock: `${at}:5` }), cycle({ target: 0 })]),
    ],
  },
  {
    name: "refusals-scattered",
    shows: "15 refusals over a full cycle cost 15 pages more, and the yields stay where they were",
    lines: [LOADED, cycle({ target: 60_000, lock: Array.from({ length: 15 }, (_, k) => `${k * 1024}:2`).join(",") })],
  },
  {
    name: "lock-statuses",
    shows: "what each status does to a page that is offered: RESET and NOTNEEDED end the cycle",
    lines: [
      LOADED,
      ...STATUSES.flatMap((status) => [cycle({ target: 50, lock: `10:${status}` }), ...times(2, { target: 0 })]),
    ],
  },
  {
    name: "lock-statuses-beyond-32-bits",
    shows: "a status is compared in 64 bits, but a refused page's reason in 32",
    lines: [
      LOADED,
      ...WIDE_STATUSES.flatMap((status) => [cycle({ target: 50, lock: `10:${status}` }), ...times(2, { target: 0 })]),
    ],
  },
  {
    name: "unlock-statuses",
    shows: "any error while unlocking ends the cycle and halves the rate; only RESET asks for one",
    lines: [
      LOADED,
      ...[...STATUSES, ...WIDE_STATUSES].flatMap((status) => [
        cycle({ target: 50 }),
        cycle({ target: 0, unlock: `20:${status}` }),
        cycle({ target: 0 }),
      ]),
    ],
  },
  {
    name: "unlock-rate",
    shows: "the rate of releases halves down to 512 and grows by 16",
    lines: [
      LOADED,
      ...times(4, { target: 65_000 }),
      ...times(7, { target: 0, unlock: "0:8" }),
      ...times(6, { target: 0 }),
      cycle({ target: 0, unlock: "591:8" }),
      cycle({ target: 0, unlock: "512:8" }),
    ],
  },
  {
    name: "get-target-statuses",
    shows: "a target that is not given leaves the old one; RESET is remembered",
    lines: [
      LOADED,
      cycle({ target: 40 }),
      ...[...STATUSES, ...WIDE_STATUSES].flatMap((status) => [cycle({ target: 90, status }), cycle({ target: 40 })]),
    ],
  },
  {
    name: "resets",
    shows: "RESET in GET_TARGET, LOCK, UNLOCK and GUEST_ID: the balloon is popped and begun anew",
    lines: [
      LOADED,
      cycle({ target: 40_000 }),
      cycle({ target: 40_000, status: 7 }),
      cycle({ target: 40_000, lock: "16384:7" }),
      cycle({ target: 20_000, guestId: 7 }),
      cycle({ target: 20_000 }),
      cycle({ target: 100, unlock: "5:7" }),
      ...times(2, { target: 100 }),
      "EXIT",
    ],
  },
  {
    name: "resets-that-fail",
    shows: "START failing in a reset leaves it pending, and the balloon is inflated meanwhile",
    lines: [
      LOADED,
      cycle({ target: 5000, status: 7 }),
      ...times(3, { target: 5000, start: 7 }),
      cycle({ target: 5000, start: 1, status: 8 }),
      cycle({ target: 5000, guestId: 8 }),
      cycle({ target: 5000 }),
    ],
  },
  {
    name: "memory-beyond-32-bits",
    shows: "a guest too large for the protocol asks for no target; a slow cycle passes all the same",
    lines: [
      LOADED,
      cycle({ target: 10, nosleep: 0 }),
      ...each(["4294967295", "4294967296", "4294967297", "18446744073709551615", "0"], (memory) => ({
        target: 20,
        memory,
      })),
    ],
  },
  {
    name: "targets-beyond-32-bits",
    shows: "a target is cut to 32 bits, and shown as a signed number",
    lines: [
      LOADED,
      ...each(["4294967296", "4294967306", "18446744073709551615", "2147483648", "-5"], (target) => ({
        target,
        nosleep: 20,
        sleep: 10,
      })),
      cycle({ target: 0 }),
    ],
  },
  {
    name: "yields",
    shows: "the processor is offered every 1,025 turns, a failed attempt being one of them",
    lines: [
      LOADED,
      ...[1024, 1025, 1026, 2049, 2050].flatMap((target) => [cycle({ target }), cycle({ target: 0 })]),
      ...each([1023, 1024, 1025], (nosleep) => ({ target: 2100, nosleep })).flatMap((line) => [
        line,
        cycle({ target: 0 }),
      ]),
    ],
  },
  {
    name: "the-least-of-everything",
    shows: "every constant at its least",
    constants: CONSTANT_SETS["the least of everything"] as Rates,
    lines: [
      LOADED,
      ...times(3, { target: 5 }),
      cycle({ target: 9, nosleep: 0 }),
      ...times(2, { target: 9 }),
      cycle({ target: 9, lock: "0:5" }),
      cycle({ target: 9, nosleep: 0, sleep: 0 }),
      ...times(2, { target: 0 }),
      cycle({ target: 0, unlock: "1:8" }),
      cycle({ target: 0, status: 7 }),
      cycle({ target: 3 }),
      "EXIT",
    ],
  },
  {
    name: "sleeping-rate-above-the-other",
    shows: "where the sleeping rate is the higher one, a failure lets a cycle take more",
    constants: { nosleepAllocMax: 5, allocMin: 4, allocMax: 64, allocInc: 7, yieldThreshold: 10 },
    lines: [
      LOADED,
      ...times(2, { target: 500 }),
      ...each([0, 3, 5, 6], (nosleep) => ({ target: 500, nosleep })),
      ...times(5, { target: 500 }),
      cycle({ target: 500, nosleep: 2, sleep: 9 }),
      ...times(3, { target: 0 }),
    ],
  },
  {
    name: "no-slow-cycles-no-refusals",
    shows: "no slow cycle at all, and the first refusal ends a cycle",
    constants: { slowCycles: 0, maxRefused: 0, allocInc: 0, freeInc: 0, yieldThreshold: 0 },
    lines: [
      LOADED,
      cycle({ target: 30_000, nosleep: 9 }),
      cycle({ target: 30_000 }),
      cycle({ target: 30_000, lock: "4:5" }),
      cycle({ target: 0, unlock: "3:8" }),
      cycle({ target: 0 }),
    ],
  },
  {
    name: "rates-that-overflow",
    shows: "32-bit arithmetic of the rates, a rate of releases of 0 included",
    constants: { allocMin: 100, allocMax: 300, allocInc: 4294967290, freeMin: 8, freeMax: 8, freeInc: 4294967288 },
    lines: [LOADED, ...times(3, { target: 1000 }), ...times(4, { target: 980 }), ...times(2, { target: 1000 }), "EXIT"],
  },
];

/** Random plans at each of the sets of constants, for cases that no test names. Their files are what counts. */
export function randomGoldenPlans(): GoldenPlan[] {
  return Object.entries(CONSTANT_SETS).map(([set, constants]) => {
    const random = seeded(`golden ${set}`);
    let plan: string;
    // One that gets somewhere, and leaves no doubt about its end.
    do plan = randomPlan(random, constants, 40);
    while (plan.split("\n").length < 25 || replayText(plan, constants).status !== 0);
    return {
      name: `random-${set.replaceAll(" ", "-")}`,
      shows: `a random plan at the constants "${set}"`,
      constants,
      lines: plan.trimEnd().split("\n"),
    };
  });
}

const CONSTANTS = "# constants:";

/** The plan as it stands in its file: what it shows and its constants in remarks below the first line. */
export function goldenText({ shows, constants = {}, lines }: GoldenPlan): string {
  const sets = RATE_FIELDS.flatMap(({ flag, key, value }) => {
    const changed = constants[key] ?? value;
    return changed === value ? [] : [`${flag}=${changed}`];
  });
  const [init, ...rest] = lines;
  return `${[init, `# ${shows}`, `${CONSTANTS} ${sets.join(" ") || "the reference driver's"}`, ...rest].join("\n")}\n`;
}

/** The constants that a plan's file names. */
export function goldenRates(plan: string): Rates {
  const remark = plan.split("\n").find((line) => line.startsWith(CONSTANTS)) ?? "";
  const rates: Record<string, number> = { ...DEFAULT_RATES };
  for (const { key, flag } of RATE_FIELDS) {
    const set = new RegExp(` ${flag}=(\\d+)`).exec(remark);
    if (set !== null) rates[key] = Number(set[1]);
  }
  return rates as unknown as Rates;
}

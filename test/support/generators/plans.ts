import type { Rates } from "../../../src/engine/index.ts";
import { Replay } from "../../../src/sim/conform/replay.ts";
import { pick, type Random, whole } from "./random.ts";

/**
 * Random plans for the oracle that keep to the edges of the policy: each constant, the current rates and the missing pages,
 * give or take a page; refusals in rows about as long as the driver puts up with; resets and failures in every command.
 */

/** Pages that a cycle may move at most, so that the oracle, which moves them one by one, is not kept busy for long. */
const MAX_MOVED = 60_000;
/** Allocations that may succeed where the target is beyond that. */
const MAX_ALLOCATED = 3000;

const STATUSES = ["1", "2", "3", "4", "5", "6", "7", "8"];
/** Failures as 32 and 64 bits have them; RESET and NOTNEEDED beyond 32 bits, where the driver is of two minds. */
const ODD_STATUSES = ["9", "255", "4294967295", "4294967296", "4294967302", "4294967303", "18446744073709551615", "-1"];
const HUGE_TARGETS = ["4294967295", "4294967296", "4294967301", "2147483648", "18446744073709551615", "-1"];
const HUGE_MEMORY = ["0", "1", "4294967295", "4294967296", "9223372036854775808", "18446744073709551615"];
const MALFORMED = ["C 5 0 -1 -1 - - 0 0", "C x 0 -1 -1 - - 0 0 1000", "D", " EXIT", "C", "C 5 0 - -1 - - 0 0 1000"];

/** A plan of up to `maxCycles` cycles for a driver with these constants. */
export function randomPlan(random: Random, rates: Rates, maxCycles = 20): string {
  const chance = (probability: number) => random() < probability;
  const status = (failing: number) => {
    if (!chance(failing)) return "0";
    return chance(0.35) ? "7" : pick(random, chance(0.8) ? STATUSES : ODD_STATUSES);
  };
  // The plan is written while it is replayed: it aims at where the balloon is.
  const replay = new Replay({ rates, text: false, source: "plan", log: () => undefined });
  const lines: string[] = [];
  const add = (line: string): string => {
    lines.push(line);
    return replay.feed(line);
  };
  const done = () => `${lines.join("\n")}\n`;

  add(`INIT ${status(0.04)} ${status(0.04)}`);
  if (replay.done) return done();

  let size = 0;
  let target = 0;
  let rateAlloc = rates.allocMax;
  let rateFree = rates.freeMax;
  const near = (values: readonly number[]) => Math.max(0, pick(random, values) + whole(random, -2, 2));
  const edges = () => [rates.nosleepAllocMax, rateAlloc, rateFree, ...Object.values(rates)];

  const nextTarget = (): string => {
    const kind = random();
    if (kind < 0.2) return String(target);
    if (kind < 0.3) return "0";
    if (kind < 0.35) return pick(random, HUGE_TARGETS);
    if (kind < 0.55) return String(near(edges()));
    if (kind < 0.7) return String(size + near(edges()));
    if (kind < 0.8) return String(Math.max(0, size - near(edges())));
    if (kind < 0.9) return String(whole(random, 0, 40));
    return String(whole(random, 0, MAX_MOVED));
  };
  const limit = (unlimited: number, goal: number): string => {
    if (chance(unlimited)) return chance(0.9) ? "-1" : "-7";
    if (chance(0.2)) return String(whole(random, 0, 4));
    if (chance(0.4)) return String(near([rateAlloc, rates.nosleepAllocMax, goal]));
    return String(near(edges()));
  };
  const refusals = (rate: number): string => {
    if (chance(0.5)) return "-";
    const entries: string[] = [];
    const enough = Math.min(rates.maxRefused, 60);
    let at = chance(0.5) ? whole(random, 0, 3) : Math.min(near([rate, ...edges()]), 2 ** 31);
    while (entries.length < 60 && (entries.length === 0 || chance(0.6))) {
      const row = chance(0.5) ? near([1, 2, enough, enough]) : whole(random, 1, 3);
      const reason = status(0.9);
      for (let k = 0; k < row; k++) entries.push(`${at++}:${chance(0.9) ? reason : status(0.95)}`);
      at += chance(0.5) ? whole(random, 0, 2) : near([rate, ...edges()]) % MAX_MOVED;
    }
    // Entries that are out of order or there twice are passed over.
    if (chance(0.05)) entries.splice(whole(random, 0, entries.length), 0, pick(random, entries));
    return entries.length === 0 ? "-" : entries.join(",");
  };

  for (let cycle = whole(random, 1, maxCycles); cycle > 0; cycle--) {
    const wanted = nextTarget();
    const goal = Math.max(0, Number(BigInt.asUintN(32, BigInt(wanted))) - size);
    let nosleep = limit(0.55, goal);
    let sleep = limit(0.6, goal);
    if (goal > MAX_MOVED) {
      const few = (text: string) => (Number(text) >= 0 && Number(text) <= MAX_ALLOCATED ? text : String(MAX_ALLOCATED));
      if (rates.nosleepAllocMax > MAX_MOVED || rateAlloc > MAX_MOVED) nosleep = few(nosleep);
      if (rateAlloc > MAX_MOVED) sleep = few(sleep);
    }
    const memory = chance(0.95) ? "1048576" : pick(random, HUGE_MEMORY);
    const fields = [wanted, status(0.1), nosleep, sleep, refusals(goal), refusals(rateFree), status(0.2), status(0.2)];
    const rows = (() => {
      try {
        return add(`C ${fields.join(" ")} ${memory}`);
      } catch {
        return undefined;
      }
    })();
    // The driver crashed: its story is at its end.
    if (rows === undefined) return done();
    const row = rows.trimEnd().split(",").map(Number);
    [size, target, rateAlloc, rateFree] = row.slice(1, 5) as [number, number, number, number];
    if (chance(0.02)) add(pick(random, ["", "# remark"]));
  }
  if (chance(0.01)) lines.push(pick(random, MALFORMED));
  if (chance(0.7)) lines.push("EXIT", ...(chance(0.1) ? ["C beyond the end"] : []));
  return done();
}

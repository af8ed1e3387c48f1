import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import type { Pages } from "../../common/units.ts";
import { Scanner } from "./scanner.ts";

/**
 * The plans that the oracle replays: the answers of host and guest, one work cycle per line. Parsed as the oracle
 * parses them, with C's rules for numbers and white space, except that an entry of a command plan that is not
 * `k:status` is an error and is not silently ignored.
 */

/** The statuses that answer START and GUEST_ID. */
export interface Answers {
  readonly start: number;
  readonly guestId: number;
}

/** The k-th command of a cycle is answered with a status that is not success. */
export interface Refusal {
  /** The command's number in its cycle, from 0. */
  readonly at: number;
  readonly status: number;
}

/** The answers of host and guest in one work cycle. Statuses have the form of `statusOf`. */
export interface CycleScript extends Answers {
  readonly target: Pages;
  /** Answer to GET_TARGET. */
  readonly targetStatus: number;
  /** Allocations that succeed before all others fail, by kind; infinity if none fails. */
  readonly nosleepOk: number;
  readonly sleepOk: number;
  /** Answers to LOCK and to UNLOCK that are not success, in ascending order of their commands. */
  readonly lock: readonly Refusal[];
  readonly unlock: readonly Refusal[];
  /** Pages of RAM that the guest reports. */
  readonly totalPages: number;
}

/** A line of a plan after its first. */
export type PlanStep = ({ readonly kind: "cycle" } & CycleScript) | { readonly kind: "exit" };

/** Maximum number of entries of a lock or unlock plan, and maximum number of characters. */
const MAX_ENTRIES = 4096;
const MAX_PLAN_CHARACTERS = 131_071;

const NO_REFUSALS: readonly Refusal[] = [];

/** Syntax of the first line of a plan. */
export const INIT_FORM = "INIT start_status guest_id_status";
const CYCLE_FORM =
  "C target get_target_status nosleep_ok sleep_ok lock_plan unlock_plan start_status guest_id_status totalram";

/**
 * Parses the first line of a plan.
 * @throws {InputError} with the prefix `where`, if it is not an INIT line
 */
export function parseInit(line: string, where: string): Answers {
  const scanner = new Scanner(line);
  if (!scanner.literal("INIT")) {
    throw new InputError(`${where}: expected "${INIT_FORM}" in the first line, found ${quote(line)}`);
  }
  const fields = new Fields(scanner, where, INIT_FORM);
  return { start: fields.status(), guestId: fields.status() };
}

/**
 * Parses a line of a plan after the first: undefined if it is empty or a comment.
 * @throws {InputError} with the prefix `where`, if it is neither these nor a step
 */
export function parseStep(line: string, where: string): PlanStep | undefined {
  if (line === "" || line === "\r" || line.startsWith("#")) return undefined;
  if (line.startsWith("EXIT")) return { kind: "exit" };
  const scanner = new Scanner(line);
  if (!scanner.literal("C")) {
    throw new InputError(`${where}: expected "C …", EXIT, a comment (#) or an empty line, found ${quote(line)}`);
  }
  const fields = new Fields(scanner, where, CYCLE_FORM);
  return {
    kind: "cycle",
    target: fields.low32(),
    targetStatus: fields.status(),
    nosleepOk: fields.limit(),
    sleepOk: fields.limit(),
    lock: fields.refusals(),
    unlock: fields.refusals(),
    start: fields.status(),
    guestId: fields.status(),
    totalPages: fields.pages(),
  };
}

/** Reads the fields of a line in the order of its `form`, which contains their names. */
class Fields {
  readonly #scanner: Scanner;
  readonly #where: string;
  readonly #names: readonly string[];
  #count = 0;

  constructor(scanner: Scanner, where: string, form: string) {
    this.#scanner = scanner;
    this.#where = where;
    this.#names = form.split(" ");
  }

  status(): number {
    this.#unsigned();
    return statusOf(this.#scanner);
  }

  /** The driver uses the lower 32 bits of a target. */
  low32(): number {
    this.#unsigned();
    return this.#scanner.low;
  }

  /** A number of pages; all numbers from 2^53 on have the same effect: the driver gives up at 2^32. */
  pages(): Pages {
    this.#unsigned();
    return Math.min(this.#scanner.high * 2 ** 32 + this.#scanner.low, Number.MAX_SAFE_INTEGER);
  }

  /** A number of allocations; a negative number means no limit. */
  limit(): Pages {
    this.#count++;
    const value = this.#scanner.signed();
    if (value === undefined) throw this.#wrong("a whole number, -1 for no limit");
    return value < 0 ? Number.POSITIVE_INFINITY : value;
  }

  refusals(): readonly Refusal[] {
    this.#count++;
    const text = this.#scanner.word();
    if (text === undefined) throw this.#wrong('"-" or k:status,k:status,…');
    if (text === "-") return NO_REFUSALS;
    if (text.length > MAX_PLAN_CHARACTERS) {
      throw this.#error(`has ${text.length} characters, expected at most ${MAX_PLAN_CHARACTERS}`);
    }
    const entries = text.split(",").filter((entry) => entry !== "");
    if (entries.length > MAX_ENTRIES) {
      throw this.#error(`has ${entries.length} entries, expected at most ${MAX_ENTRIES}`);
    }
    return this.#reachable(entries);
  }

  /**
   * The entries that answer a command with a refusal. The oracle reads them once, in step with the commands: of several
   * entries with the same k the first one applies, and an entry after one with a larger k is never reached.
   */
  #reachable(entries: readonly string[]): Refusal[] {
    const refusals: Refusal[] = [];
    let last = -1;
    for (const entry of entries) {
      const scanner = new Scanner(entry);
      const at = scanner.signed();
      if (at === undefined || !scanner.literal(":") || !scanner.unsigned()) {
        throw this.#error(`has the entry ${quote(entry)}, expected k:status, two whole numbers`);
      }
      if (at <= last) continue;
      last = at;
      const status = statusOf(scanner);
      if (status !== 0) refusals.push({ at, status });
    }
    return refusals;
  }

  #unsigned(): void {
    this.#count++;
    if (!this.#scanner.unsigned()) throw this.#wrong("a whole number");
  }

  #wrong(expected: string): InputError {
    const found = this.#scanner.word();
    return this.#error(`is ${found === undefined ? "missing" : quote(found)}, expected ${expected}`);
  }

  #error(what: string): InputError {
    const name = this.#names[this.#count];
    return new InputError(
      `${this.#where}: field ${this.#count} of ${this.#names[0]}, ${name}, ${what} (${this.#names.join(" ")})`,
    );
  }
}

/**
 * The status in `scanner` in the form that the engine takes. The driver compares all 64 bits of a status, but keeps
 * only 32 of them as a page's reason of refusal: of a status beyond 32 bits the lower 32 are kept, and 2^32 is added as
 * a mark.
 */
function statusOf({ high, low }: Scanner): number {
  return high === 0 ? low : 2 ** 32 + low;
}

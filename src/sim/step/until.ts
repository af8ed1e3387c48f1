/** Conditions at which a walk through a run stops. */
import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { parseSize, parseTime } from "../../common/units.ts";
import type { BalloonPolicy } from "../../engine/index.ts";
import { Totals } from "../measures/totals.ts";
import { chooseColumns } from "../output/choose-columns.ts";
import type { Column } from "../output/columns.ts";
import type { Simulation } from "../run/simulation.ts";
import { isWaitForMemory } from "./waits.ts";

/** A condition: `holds` is looked at after each event. */
export interface Until {
  /** As the user wrote it. */
  readonly text: string;
  /**
   * A number for the state of the run now. The condition is met where it rises: of a counter, at each increment; of a
   * state, where it becomes true (1).
   */
  readonly level: (simulation: Simulation) => number;
}

const EVENTS: Readonly<Record<string, Until["level"]>> = {
  stall: ({ parts }) => (parts.guest.waits.some(isWaitForMemory) ? 1 : 0),
  kill: ({ view }) => view.guest.oomKills,
  reset: ({ parts }) => (parts.channel.resetPending ? 1 : 0),
  failure: ({ view }) => view.guest.allocFails + view.balloon.allocationFailures,
};

/** Names of the conditions that are no comparisons, with their meanings. */
export const UNTIL_EVENTS = {
  stall: "a workload, the kernel or the driver begins to wait for memory",
  kill: "the OOM killer kills",
  reset: "the host demands a reset",
  failure: "an allocation fails",
} as const;

const RELATIONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
  "==": (a, b) => a === b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
};

/**
 * Parses a condition: `stall`, `kill`, `reset`, `failure`, or a column of rows compared with a value, such as `free<50MiB`.
 * @param place what names it, for messages
 * @throws {InputError}
 */
export function parseUntil(text: string, policy: BalloonPolicy, place: string): Until {
  const written = text.trim();
  const event = Object.hasOwn(EVENTS, written) ? EVENTS[written] : undefined;
  if (event !== undefined) return { text: written, level: event };
  const [, name, relation, value] = /^([\w.]+)\s*(>=|<=|==|>|<)\s*(\S.*)$/.exec(written) ?? [];
  if (name === undefined || relation === undefined || value === undefined) {
    const events = Object.keys(UNTIL_EVENTS).join(", ");
    throw new InputError(
      `${place} ${quote(written)}: expected ${events}, or a comparison such as "free < 50MiB" or "swap > 0"`,
    );
  }
  const columns = chooseColumns(name, policy, `${place} ${quote(written)}`);
  const [column] = columns;
  if (column === undefined || columns.length > 1) {
    throw new InputError(`${place} ${quote(written)}: ${name} is a group of columns: expected one column`);
  }
  const bound = boundOf(column, value.trim(), `${place} ${quote(written)}`);
  const compare = RELATIONS[relation] as (a: number, b: number) => boolean;
  return {
    text: written,
    level: ({ view }) => {
      // Counts since the run began: a walk has no rows.
      const totals = new Totals();
      totals.update(view.balloon);
      return compare(column.read(view, totals), bound) ? 1 : 0;
    },
  };
}

/** The value that a column is compared with, in the units in which the column is read. */
function boundOf({ unit }: Column, text: string, place: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
  try {
    if (unit === "s") return parseTime(number ?? text);
    if (unit === "pages") return number ?? parseSize(text);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${place}: ${error.message}`) : error;
  }
  if (number !== null) return number;
  throw new InputError(`${place}: expected a number, found ${quote(text)}`);
}

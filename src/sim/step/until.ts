/** Conditions at which a walk through a run stops. */
import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { TIME_PATTERN } from "../../common/units.ts";
import type { BalloonPolicy } from "../../engine/index.ts";
import { type BoundUnit, boundOf, isIn, splitCondition, type WrittenCondition } from "../measures/condition.ts";
import { Totals } from "../measures/totals.ts";
import { chooseColumns } from "../output/choose-columns.ts";
import type { Column } from "../output/columns.ts";
import type { Simulation } from "../run/simulation.ts";
import { isWaitForMemory } from "./waits.ts";

/** A condition: its `level` is looked at after each event. */
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

/** Whether a condition is a time alone, as other commands take it after `--until`. */
const isTime = (text: string): boolean => text !== "" && (TIME_PATTERN.test(text) || /^\d+(\.\d+)?$/.test(text));

/**
 * Parses a condition: `stall`, `kill`, `reset`, `failure`, a column of rows compared with a value, such as `free<50MiB`, or a time
 * since the trace began, such as `1h30m`.
 * @param place what names it, for messages
 * @throws {InputError}
 */
export function parseUntil(text: string, policy: BalloonPolicy, place: string): Until {
  const given = text.trim();
  const written = isTime(given) ? `time_s >= ${given}` : given;
  const event = Object.hasOwn(EVENTS, written) ? EVENTS[written] : undefined;
  if (event !== undefined) return { text: written, level: event };
  const at = `${place} ${quote(written)}`;
  const { subject, relation, value } = comparisonOf(written, at);
  const columns = chooseColumns(subject, policy, at);
  const [column] = columns;
  if (column === undefined || columns.length > 1) {
    throw new InputError(`${at}: ${subject} is a group of columns: expected one column`);
  }
  const bound = boundIn(column, value, at);
  return {
    text: written,
    level: ({ view }) => {
      // Counts since the run began: a walk has no rows.
      const totals = new Totals();
      totals.update(view.balloon);
      return isIn(column.read(view, totals), relation, bound) ? 1 : 0;
    },
  };
}

function comparisonOf(written: string, place: string): WrittenCondition {
  const example = '"free < 50MiB" or "swap > 0"';
  try {
    return splitCondition(written, example);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const events = Object.keys(EVENTS).join(", ");
    throw new InputError(`${place}: expected ${events}, a time such as 1h30m, or a comparison such as ${example}`);
  }
}

const BOUND_UNITS: Partial<Record<Column["unit"], BoundUnit>> = { us: "us", pages: "pages", "pages/cycle": "pages" };

/** The value that a column is compared with, in the units in which the column is read. */
function boundIn({ name, unit }: Column, text: string, place: string): number {
  try {
    if (unit === "s") return Math.round(boundOf(name, "s", text) * 1e6);
    return boundOf(name, BOUND_UNITS[unit] ?? "times", text);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${place}: ${error.message}`) : error;
  }
}

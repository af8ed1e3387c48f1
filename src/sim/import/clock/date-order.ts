/** Dates of three numbers, whose order of day and month may be unknown: the dates of the whole log show the order. */
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { type Place, placeText } from "../../../common/text-lines.ts";
import type { Us } from "../../../common/units.ts";
import { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import type { Report } from "../report.ts";
import { civilUs, DAY_US } from "./civil.ts";

/** The order of day and month in a date of numbers. */
export type DateOrder = "day-first" | "month-first";

/** A date, or a date and time, in both orders: microseconds since 1970, NaN if there is no such date. */
export interface DateReadings {
  readonly dayFirstUs: number;
  readonly monthFirstUs: number;
}

/** Whether a date is ambiguous: both readings are dates and they differ. The log or the user has to decide. */
export const isOpen = ({ dayFirstUs, monthFirstUs }: DateReadings): boolean =>
  !Number.isNaN(dayFirstUs) && !Number.isNaN(monthFirstUs) && dayFirstUs !== monthFirstUs;

/** A date in the order of its log; in its only valid order if there is just one. */
export function inOrder({ dayFirstUs, monthFirstUs }: DateReadings, order: DateOrder): Us {
  const [us, otherUs] = order === "day-first" ? [dayFirstUs, monthFirstUs] : [monthFirstUs, dayFirstUs];
  return Number.isNaN(us) ? otherUs : us;
}

/** The year of two digits, in this century, or of four. */
export const yearOf = (digits: string): number => (digits.length === 2 ? 2000 : 0) + Number(digits);

/**
 * The readings of a date that ends in its year, of two digits or four; null if it is no date in either order.
 * @param first the digits before the first separator
 * @param second the digits before the second separator
 */
export function readNumbers(first: string, second: string, year: string): DateReadings | null {
  if (first.length > 2 || second.length > 2 || (year.length !== 2 && year.length !== 4)) return null;
  const [a, b] = [Number(first), Number(second)];
  const dayFirstUs = civilUs(yearOf(year), b, a, 0, 0, 0);
  const monthFirstUs = civilUs(yearOf(year), a, b, 0, 0, 0);
  return Number.isNaN(dayFirstUs) && Number.isNaN(monthFirstUs) ? null : { dayFirstUs, monthFirstUs };
}

/** Finds the order of the dates of a log. */
export class OrderProof {
  #dayFirst = 0;
  #monthFirst = 0;
  #open = 0;
  readonly #extents = { "day-first": new Extent(), "month-first": new Extent() };

  /** Examines another date of the log. */
  observe(readings: DateReadings): void {
    const { dayFirstUs, monthFirstUs } = readings;
    if (Number.isNaN(monthFirstUs)) this.#dayFirst++;
    else if (Number.isNaN(dayFirstUs)) this.#monthFirst++;
    else if (dayFirstUs !== monthFirstUs) this.#open++;
    this.#extents["day-first"].add(dayFirstUs);
    this.#extents["month-first"].add(monthFirstUs);
  }

  /** Whether some date is ambiguous. */
  get hasOpen(): boolean {
    return this.#open > 0;
  }

  /**
   * The order that the dates prove: by days above 12; else by their distances, as dates of a log follow each other by
   * days and not by months. Null if they prove none.
   */
  result(): DateOrder | null {
    const [isDayFirst, isMonthFirst] = [this.#dayFirst > 0, this.#monthFirst > 0];
    if (isDayFirst || isMonthFirst)
      return isDayFirst === isMonthFirst ? null : isDayFirst ? "day-first" : "month-first";
    const difference = this.#extents["month-first"].days - this.#extents["day-first"].days;
    if (difference === 0 || Number.isNaN(difference)) return null;
    return difference > 0 ? "day-first" : "month-first";
  }
}

/** Minimum and maximum of some times. */
class Extent {
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  add(us: Us): void {
    if (us < this.#least) this.#least = us;
    if (us > this.#most) this.#most = us;
  }

  get days(): number {
    return Math.floor(this.#most / DAY_US) - Math.floor(this.#least / DAY_US);
  }
}

/** The inputs of `orderOfDates`. */
interface OrderContext {
  readonly report: Report;
  readonly dateOrder: DateOrder | null;
}

/**
 * The order of day and month in the dates of a log: the user's, or the one that its dates prove. Null if no date is
 * ambiguous, or if no order is proven.
 * @param dateIn returns the date in a line, null for none; it also gets the place when a whole file is read
 */
export function orderOfDates(
  files: readonly LogFile[],
  context: OrderContext,
  dateIn: (line: string, place: Place | null) => DateReadings | null,
): DateOrder | null {
  if (context.dateOrder !== null) return context.dateOrder;
  const isOpenIn = (line: string): boolean => {
    const date = dateIn(line, null);
    return date !== null && isOpen(date);
  };
  if (!files.some((file) => file.head().split("\n").some(isOpenIn))) return null;
  const proof = new OrderProof();
  for (const file of files) {
    const cursor = new LineCursor(file, context.report);
    while (cursor.advance()) {
      const date = dateIn(cursor.line, cursor.place());
      if (date !== null) proof.observe(date);
    }
    cursor.close();
  }
  return proof.result();
}

/** An error about an ambiguous date in a log that proves no order. */
export function unprovenDate(text: string, place: Place): InputError {
  return new InputError(
    `${placeText(place)}: ${quote(text)}: the order of day and month is ambiguous in all dates of the log: set it with --date-order day-first or month-first`,
  );
}

/** Dates of three numbers, whose day and month could be the other way round: which order they are in shows in the log. */
import { InputError } from "../../../common/errors.ts";
import type { InputFile } from "../../../common/files/input-file.ts";
import { quote } from "../../../common/quote.ts";
import { type Place, placeText } from "../../../common/text-lines.ts";
import { LineCursor } from "../lines.ts";
import type { Report } from "../report.ts";
import { civilUs, DAY_US } from "./civil.ts";

/** Whether the day or the month comes first in a date of numbers. */
export type DateOrder = "day-first" | "month-first";

/** A date, or a date and time, in both orders: microseconds since 1970, NaN where there is no such date. */
export interface DateReadings {
  readonly dayFirstUs: number;
  readonly monthFirstUs: number;
}

/** Whether both readings are dates, and not the same one: the log or the user has to tell which it is. */
export const isOpen = ({ dayFirstUs, monthFirstUs }: DateReadings): boolean =>
  !Number.isNaN(dayFirstUs) && !Number.isNaN(monthFirstUs) && dayFirstUs !== monthFirstUs;

/** A date in the order that its log is in; in its only one where the date leaves no choice. */
export function inOrder({ dayFirstUs, monthFirstUs }: DateReadings, order: DateOrder): number {
  const [us, otherUs] = order === "day-first" ? [dayFirstUs, monthFirstUs] : [monthFirstUs, dayFirstUs];
  return Number.isNaN(us) ? otherUs : us;
}

/** A year of two digits is one of this century. */
export const yearOf = (digits: string): number => (digits.length === 2 ? 2000 : 0) + Number(digits);

/**
 * The readings of a date that ends in its year, of two digits or four; null where it is no date in either order.
 * @param first the digits before the first separator
 * @param second those before the second
 */
export function readNumbers(first: string, second: string, year: string): DateReadings | null {
  if (first.length > 2 || second.length > 2 || (year.length !== 2 && year.length !== 4)) return null;
  const [a, b] = [Number(first), Number(second)];
  const dayFirstUs = civilUs(yearOf(year), b, a, 0, 0, 0);
  const monthFirstUs = civilUs(yearOf(year), a, b, 0, 0, 0);
  return Number.isNaN(dayFirstUs) && Number.isNaN(monthFirstUs) ? null : { dayFirstUs, monthFirstUs };
}

/** Finds out which order the dates of a log are in. */
export class OrderProof {
  #dayFirst = 0;
  #monthFirst = 0;
  #open = 0;
  readonly #extents = { "day-first": new Extent(), "month-first": new Extent() };

  /** Looks at another date of the log. */
  observe(readings: DateReadings): void {
    const { dayFirstUs, monthFirstUs } = readings;
    if (Number.isNaN(monthFirstUs)) this.#dayFirst++;
    else if (Number.isNaN(dayFirstUs)) this.#monthFirst++;
    else if (dayFirstUs !== monthFirstUs) this.#open++;
    this.#extents["day-first"].add(dayFirstUs);
    this.#extents["month-first"].add(monthFirstUs);
  }

  /** Whether some date could be the other way round. */
  get hasOpen(): boolean {
    return this.#open > 0;
  }

  /**
   * The order that the dates prove: by days above 12; else by their distance, as logs are of days that follow each other and
   * not of months. Null where they leave it open.
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

/** The least and the greatest of some times. */
class Extent {
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;

  add(us: number): void {
    if (us < this.#least) this.#least = us;
    if (us > this.#most) this.#most = us;
  }

  get days(): number {
    return Math.floor(this.#most / DAY_US) - Math.floor(this.#least / DAY_US);
  }
}

/** What the order of a log's dates depends on. */
interface OrderContext {
  readonly report: Report;
  readonly dateOrder: DateOrder | null;
}

/**
 * The order of day and month in the dates of a log: as the user says, or as its dates prove. Null where no date leaves it
 * open, or nothing proves it.
 * @param dateIn the date that a line has, null for none; it is told the place where a whole file is read
 */
export function orderOfDates(
  files: readonly InputFile[],
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

/** That a date could be the other way round, and that nothing in its log says which way it is. */
export function unprovenDate(text: string, place: Place): InputError {
  return new InputError(
    `${placeText(place)}: ${quote(text)}: the day or the month may come first, and no date of the log proves which: --date-order day-first or month-first says it`,
  );
}

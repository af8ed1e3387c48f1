import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import type { Place } from "../../../common/text-lines.ts";
import type { Us } from "../../../common/units.ts";
import type { Report } from "../report.ts";
import { DAY_US, SECOND_US } from "./civil.ts";

/** Source of the knowledge of a log's zone. */
export type ZoneSource = "file" | "user" | "assumed";

/** A time zone, with its source. */
export interface ZoneChoice {
  /** An IANA name such as `Europe/Berlin`; for an offset in the log, `UTC+05:30`. */
  readonly name: string;
  readonly source: ZoneSource;
}

/** Whether `Intl` knows a zone of that name. */
export function isZone(name: string): boolean {
  // Offsets such as "+02:00" are refused: they would hide the end of summer time inside a log.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const FIXED = /^UTC([+-])(\d{2}):(\d{2})$/;

/** The zone with this offset from UTC, in minutes: `UTC+05:30`. */
export function zoneAhead(minutes: number): string {
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `UTC${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/**
 * The zone of an offset in the notations of logs (`+0530`, `+05:30`, `-03`, `Z`, `UTC`, `GMT`); null for another text.
 */
export function zoneOfOffset(text: string): string | null {
  if (text === "UTC" || text === "GMT" || text === "Z") return "UTC";
  const [, sign, hours, minutes = "0"] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? [];
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59) return null;
  return zoneAhead((sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)));
}

/** Offset of a zone of a fixed offset from UTC, in microseconds; null for other zones. */
export function fixedOffsetUs(name: string): number | null {
  if (name === "UTC" || name === "Etc/UTC") return 0;
  const [, sign, hours, minutes] = FIXED.exec(name) ?? [];
  if (sign === undefined) return null;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60 * SECOND_US;
}

/**
 * Checks the name of a zone that the user gives. Returns it unchanged: of two names of one zone, versions of `Intl`
 * prefer different ones.
 * @throws {InputError} if there is no such zone
 */
export function parseZone(name: string): string {
  if (isZone(name)) return name;
  throw new InputError(
    `--tz ${quote(name)}: expected the name of a time zone, such as Europe/Berlin or UTC (abbreviations and offsets do not determine the end of summer time)`,
  );
}

/**
 * Converts local times to instants. A local time that occurs twice, at the end of summer time, is the first one unless
 * that would be before the last sample; one that does not occur, at its beginning, is taken as an hour later, with a
 * remark.
 */
export class WallClock {
  readonly zone: ZoneChoice;
  readonly #report: Report;
  readonly #format: Intl.DateTimeFormat | null;
  /** Offset from UTC of local times from `#fromUs` on and before `#untilUs`. */
  #fromUs = 0;
  #untilUs = 0;
  #offsetUs = 0;

  constructor(zone: ZoneChoice, report: Report) {
    this.zone = zone;
    this.#report = report;
    const fixedUs = fixedOffsetUs(zone.name);
    this.#offsetUs = fixedUs ?? 0;
    const digits = "2-digit" as const;
    this.#format =
      fixedUs !== null
        ? null
        : new Intl.DateTimeFormat("en-US", {
            timeZone: zone.name,
            hourCycle: "h23",
            year: "numeric",
            month: digits,
            day: digits,
            hour: digits,
            minute: digits,
            second: digits,
          });
  }

  /**
   * The instant of a local time, in microseconds since 1970 in UTC.
   * @param localUs local date and time as `civilUs` counts them
   * @param lastUs instant of the sample before, -Infinity for the first sample
   * @param place for a warning
   */
  toUtc(localUs: number, lastUs: number, place: Place): Us {
    if (this.#format === null) return localUs - this.#offsetUs;
    if (localUs >= this.#fromUs && localUs < this.#untilUs) return localUs - this.#offsetUs;
    const dayUs = Math.floor(localUs / DAY_US) * DAY_US;
    const before = this.#offsetAt(dayUs - DAY_US);
    const after = this.#offsetAt(dayUs + 2 * DAY_US);
    if (before === after) {
      this.#fromUs = dayUs;
      this.#untilUs = dayUs + DAY_US;
      this.#offsetUs = before;
      return localUs - before;
    }
    const candidates = this.#instantsOf(localUs, before, after);
    const [first] = candidates;
    if (first === undefined) {
      this.#report.warn(
        `this local time does not exist in ${this.zone.name}, because clocks were set forward: one hour is added`,
        place,
      );
      return localUs - before;
    }
    if (candidates.length > 1) {
      this.#report.warn(
        `this local time occurs twice in ${this.zone.name}, because clocks are set back: read as the first, or as the second if the first is earlier than the previous sample`,
        place,
      );
    }
    return candidates.find((us) => us >= lastUs) ?? first;
  }

  /** Whether a local time occurs twice, because clocks are set back. */
  comesTwice(localUs: number): boolean {
    if (this.#format === null) return false;
    const dayUs = Math.floor(localUs / DAY_US) * DAY_US;
    const [before, after] = [this.#offsetAt(dayUs - DAY_US), this.#offsetAt(dayUs + 2 * DAY_US)];
    return before !== after && this.#instantsOf(localUs, before, after).length > 1;
  }

  /** The instants of a local time on a day on which the offset changes, in their order. */
  #instantsOf(localUs: number, before: Us, after: Us): Us[] {
    return [localUs - before, localUs - after]
      .filter((us) => this.#offsetAt(us) === localUs - us)
      .sort((a, b) => a - b);
  }

  /** Offset of local time from UTC at an instant, in microseconds. */
  #offsetAt(utcUs: number): Us {
    const ms = Math.floor(utcUs / 1000);
    const parts: Record<string, number> = {};
    for (const { type, value } of (this.#format as Intl.DateTimeFormat).formatToParts(ms)) parts[type] = Number(value);
    const { year, month, day, hour, minute, second } = parts as Record<string, number>;
    const local = Date.UTC(year as number, (month as number) - 1, day as number, hour, minute, second);
    return (local - Math.floor(ms / 1000) * 1000) * 1000;
  }
}

/** `ReadContext.wallClock`, with one clock per zone for all readers of a log. */
export type SharedClocks = (fileZone: string | null, said?: string) => WallClock;

export function sharedClocks(context: { readonly wallClock: SharedClocks }): SharedClocks {
  const clocks = new Map<string, WallClock>();
  return (fileZone, said) => {
    const key = `${fileZone ?? ""} ${said ?? ""}`;
    const clock = clocks.get(key) ?? context.wallClock(fileZone, said);
    clocks.set(key, clock);
    return clock;
  };
}

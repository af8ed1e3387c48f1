import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputFile } from "../../../../src/common/files/input-file.ts";
import { inOrder } from "../../../../src/sim/import/clock/date-order.ts";
import {
  orderOfStamps,
  parseStamp,
  parseTimeLine,
  type Stamp,
  StampClock,
} from "../../../../src/sim/import/clock/stamp.ts";
import { WallClock } from "../../../../src/sim/import/clock/zone.ts";
import { Report } from "../../../../src/sim/import/report.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

const PLACE = { file: "a.log", line: 1 };
const iso = (stamp: Stamp | null): string =>
  stamp === null ? "none" : new Date(inOrder(stamp, "day-first") / 1000).toISOString();

/** A time that the tests print in the shapes of `date`. */
interface Civil {
  readonly ms: number;
  readonly year: string;
  readonly month: number;
  readonly day: number;
  readonly dd: string;
  readonly mm: string;
  readonly weekday: number;
  readonly time: string;
  readonly time12: string;
}

const two = (number: number): string => String(number).padStart(2, "0");
const civil = fc
  .integer({ min: Date.UTC(1980, 0, 1) / 1000, max: Date.UTC(2099, 11, 31) / 1000 })
  .map((seconds): Civil => {
    const date = new Date(seconds * 1000);
    const [hour, rest] = [date.getUTCHours(), date.toISOString().slice(13, 19)];
    return {
      ms: seconds * 1000,
      year: String(date.getUTCFullYear()),
      month: date.getUTCMonth(),
      day: date.getUTCDate(),
      dd: two(date.getUTCDate()),
      mm: two(date.getUTCMonth() + 1),
      weekday: date.getUTCDay(),
      time: `${two(hour)}${rest}`,
      time12: `${two(hour % 12 === 0 ? 12 : hour % 12)}${rest} ${hour < 12 ? "AM" : "PM"}`,
    };
  });

const wordsOf = (months: string, weekdays: string) => ({ months: months.split(" "), weekdays: weekdays.split(" ") });
const EN = wordsOf("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", "Sun Mon Tue Wed Thu Fri Sat");
const DE = wordsOf("Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez", "So Mo Di Mi Do Fr Sa");
const FR = wordsOf(
  "janv. févr. mars avril mai juin juil. août sept. oct. nov. déc.",
  "dim. lun. mar. mer. jeu. ven. sam.",
);
const ES = wordsOf("ene feb mar abr may jun jul ago sep oct nov dic", "dom lun mar mié jue vie sáb");
const PT = wordsOf("jan fev mar abr mai jun jul ago set out nov dez", "dom seg ter qua qui sex sáb");
const IT = wordsOf("gen feb mar apr mag giu lug ago set ott nov dic", "dom lun mar mer gio ven sab");

/** What date prints, by the language; `zone` is an abbreviation or an offset. */
const PRINTED: Readonly<Record<string, (time: Civil, zone: string) => string>> = {
  C: (t, zone) =>
    `${EN.weekdays[t.weekday]} ${EN.months[t.month]} ${String(t.day).padStart(2)} ${t.time} ${zone} ${t.year}`,
  "en_US, old": (t, zone) =>
    `${EN.weekdays[t.weekday]} ${EN.months[t.month]} ${String(t.day).padStart(2)} ${t.time12} ${zone} ${t.year}`,
  en_US: (t, zone) => `${EN.weekdays[t.weekday]} ${t.dd} ${EN.months[t.month]} ${t.year} ${t.time12} ${zone}`,
  en_GB: (t, zone) => `${EN.weekdays[t.weekday]} ${t.day} ${EN.months[t.month]} ${t.time} ${zone} ${t.year}`,
  de_DE: (t, zone) => `${DE.weekdays[t.weekday]} ${t.day}. ${DE.months[t.month]} ${t.time} ${zone} ${t.year}`,
  fr_FR: (t, zone) => `${FR.weekdays[t.weekday]} ${t.dd} ${FR.months[t.month]} ${t.year} ${t.time} ${zone}`,
  es_ES: (t, zone) => `${ES.weekdays[t.weekday]} ${t.dd} ${ES.months[t.month]} ${t.year} ${t.time} ${zone}`,
  "es_ES, old": (t, zone) =>
    `${ES.weekdays[t.weekday]} ${ES.months[t.month]} ${String(t.day).padStart(2)} ${t.time} ${zone} ${t.year}`,
  pt_BR: (t, zone) => `${PT.weekdays[t.weekday]} ${t.dd} ${PT.months[t.month]} ${t.year} ${t.time} ${zone}`,
  it_IT: (t, zone) => `${IT.weekdays[t.weekday]} ${t.day} ${IT.months[t.month]} ${t.year}, ${t.time}, ${zone}`,
  "ISO 8601": (t, zone) => `${t.year}-${t.mm}-${t.dd} ${t.time} ${zone}`,
  "dots, the day first": (t, zone) => `${t.dd}.${t.mm}.${t.year} ${t.time} ${zone}`,
  "slashes, the day first": (t, zone) => `${t.dd}/${t.mm}/${t.year} ${t.time12} ${zone}`,
};

describe("a time that date prints", () => {
  it.each(Object.entries(PRINTED))("is read in the shape of %s, with its zone", (_, print) => {
    const zones = fc.constantFrom<[string, string | null, number]>(
      ["CEST", "CEST", 0],
      ["IST", "IST", 0],
      ["+0200", null, 2],
      ["-03", null, -3],
      ["UTC", null, 0],
    );
    fc.assert(
      fc.property(civil, zones, (time, [zone, said, hours]) => {
        const stamp = parseTimeLine(print(time, zone));
        expect(iso(stamp)).toBe(new Date(time.ms - hours * 3_600_000).toISOString());
        expect(stamp?.kind).toBe(said === null ? "instant" : "local");
        if (said !== null) expect(stamp?.zone).toBe(said);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["Fri, 05 Jun 2026 14:03:00 +0200", "2026-06-05T12:03:00.000Z"],
    ["2026-06-05T14:03:00,123456789+02:00", "2026-06-05T12:03:00.123Z"],
    ["2026-06-05T14:03+02:00", "2026-06-05T12:03:00.000Z"],
    ["20260605T140300Z", "2026-06-05T14:03:00.000Z"],
    ["20260605-140300", "2026-06-05T14:03:00.000Z"],
    ["1780660980", "2026-06-05T12:03:00.000Z"],
    ["1780660980123", "2026-06-05T12:03:00.123Z"],
    ["1780660980123456789", "2026-06-05T12:03:00.123Z"],
    ["vendredi 5 juin 2026, 14:03:00 (UTC+0200)", "2026-06-05T12:03:00.000Z"],
    ["viernes, 5 de junio de 2026, 14:03:00 UTC", "2026-06-05T14:03:00.000Z"],
    ["mar. 02 juin 2026 14:03:00 UTC", "2026-06-02T14:03:00.000Z"],
    ["mar  3 mar 2026, 14:03:00, UTC", "2026-03-03T14:03:00.000Z"],
    ["2026年 06月 05日 星期五 14:03:00 UTC", "2026-06-05T14:03:00.000Z"],
    ["Fri Jun  5 02:03:00 下午 2026", "2026-06-05T14:03:00.000Z"],
    ["### Fri Jun  5 12:03:00 AM UTC 2026 ###", "2026-06-05T00:03:00.000Z"],
    ["Fri Jun  5 14:03:00 PM UTC 2026", "2026-06-05T14:03:00.000Z"],
  ])("is read where it is %s", (line, instant) => {
    expect(iso(parseTimeLine(line))).toBe(instant);
  });

  it.each([
    "",
    "hello",
    "Wed Aug 32 16:02:01 IST 2019",
    "Wed Foo 28 16:02:01 IST 2019",
    "2019-08-28",
    "Wed Aug 28 16:02:01 Europe/Berlin 2019",
    "Fri Jun  5 14:03:00 AM UTC 2026",
    "Fri Jun  5 00:03:00 PM UTC 2026",
    "2026-06-05 14:03:00 +9900",
    "13/13/2026 14:03:00",
    "pt 05 lip 2026 14:03:00 CEST",
    "Mem:        2014932      300000     1000000",
  ])("is not %j", (line) => {
    expect(parseTimeLine(line)).toBeNull();
  });

  it.each([
    ["05.06.2026 14:03:00 Mem: 1", 20],
    ["[2026-06-05T14:03:00+00:00] 1 0 0", 28],
    ["14:03:00 O: MemTotal: 5 kB", 12],
    ["Jun  5 14:03:00 1 0 0", 16],
    [" 1  0      0 700000   8000 250000    0    0     5     9", 0],
    ["  1780660980 boot time", 13],
  ])("stands in front of a line: %s", (line, length) => {
    expect(parseStamp(line)?.length ?? 0).toBe(length);
  });
});

describe("the stamps of a log", () => {
  const directory = scratchDirectory();
  const contextOf = (
    tz: string | null,
    report = new Report(),
    dateOrder: "day-first" | "month-first" | null = null,
  ) => ({
    report,
    dateOrder,
    wallClock: () => new WallClock({ name: tz ?? "UTC", source: tz === null ? "assumed" : "user" }, report),
  });
  const timesOf = (lines: readonly string[], context = contextOf(null)): string[] => {
    const path = join(directory, "stamps.log");
    writeFileSync(path, `${lines.join("\n")}\n`);
    const clock = new StampClock(context, orderOfStamps([new InputFile(path)], context));
    return lines.map((line) => {
      const us = clock.at(parseTimeLine(line) as Stamp, PLACE);
      return new Date(us / 1000).toISOString().slice(0, 19);
    });
  };

  it.each<[string, string[], string]>([
    ["a day above 12", ["05/06/2026 10:00:00", "13/06/2026 10:00:00"], "2026-06-05T10:00:00"],
    ["a day above 12 behind the month", ["05/06/2026 10:00:00", "05/13/2026 10:00:00"], "2026-05-06T10:00:00"],
    ["days that follow each other", ["05/06/2026 10:00:00", "06/06/2026 10:00:00"], "2026-06-05T10:00:00"],
    ["months that stay the same", ["05/06/2026 10:00:00", "05/07/2026 10:00:00"], "2026-05-06T10:00:00"],
  ])("have the order that is proven by %s", (_, lines, first) => {
    expect(timesOf(lines)[0]).toBe(first);
  });

  it("are refused where nothing proves the order of a date between slashes, until the user says it", () => {
    const lines = ["05/06/2026 10:00:00", "05/06/2026 10:00:01"];
    expect(() => timesOf(lines)).toThrow(/"05\/06\/2026": the order of day and month is ambiguous.*--date-order/);
    expect(timesOf(lines, contextOf(null, new Report(), "month-first"))[0]).toBe("2026-05-06T10:00:00");
    expect(timesOf(lines, contextOf(null, new Report(), "day-first"))[0]).toBe("2026-06-05T10:00:00");
  });

  it("have the day first between dots, with a remark", () => {
    const report = new Report();
    expect(timesOf(["05.06.2026 10:00:00"], contextOf(null, report))).toEqual(["2026-06-05T10:00:00"]);
    expect(report.lines().join("\n")).toContain('"05.06.2026" is read as 2026-06-05 (day, month, year)');
  });

  it("are refused where they stand still after midnight, as those of ts -i do", () => {
    expect(() => timesOf(["00:00:01", "00:00:01"])).toThrow(/ts -i/);
    expect(timesOf(["14:03:01", "14:03:01"])).toHaveLength(2);
    expect(timesOf(["23:59:59", "00:00:00", "00:00:01"])[2]).toBe("1970-01-02T00:00:01");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { civilUs } from "../../../../src/sim/import/clock/civil.ts";
import { parseZone, WallClock, zoneOfOffset } from "../../../../src/sim/import/clock/zone.ts";
import { Report } from "../../../../src/sim/import/report.ts";

const PLACE = { file: "a.log", line: 7 };
const clockOf = (name: string, report = new Report()) => new WallClock({ name, source: "user" }, report);
const local = (text: string): number => {
  const [year, month, day, hour, minute, second] = text.split(/[- :]/).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return civilUs(year, month, day, hour, minute, second);
};
const utc = (us: number): string => new Date(us / 1000).toISOString().slice(0, 19);
const NEVER = Number.NEGATIVE_INFINITY;

describe("a wall clock", () => {
  it.each([
    ["Europe/Berlin", "2015-11-05 00:00:01", "2015-11-04T23:00:01"],
    ["Europe/Berlin", "2015-07-05 00:00:01", "2015-07-04T22:00:01"],
    ["Asia/Kolkata", "2019-08-28 16:02:01", "2019-08-28T10:32:01"],
    ["America/St_Johns", "2020-01-01 00:00:00", "2020-01-01T03:30:00"],
    ["UTC", "2019-08-28 16:02:01", "2019-08-28T16:02:01"],
    // Days on which clocks change, before and after they do.
    ["Europe/Berlin", "2016-03-27 01:59:59", "2016-03-27T00:59:59"],
    ["Europe/Berlin", "2016-03-27 03:00:00", "2016-03-27T01:00:00"],
    ["Europe/Berlin", "2016-10-30 01:59:59", "2016-10-29T23:59:59"],
    ["Europe/Berlin", "2016-10-30 03:00:00", "2016-10-30T02:00:00"],
    ["Pacific/Apia", "2011-12-31 00:00:00", "2011-12-30T10:00:00"],
    // West of UTC clocks may change in the evening, on the day before in UTC's calendar.
    ["America/Godthab", "2022-10-29 21:30:00", "2022-10-29T23:30:00"],
    ["America/Godthab", "2022-10-29 23:30:00", "2022-10-30T02:30:00"],
    // Offsets that logs give.
    ["UTC-07:00", "2015-03-26 10:11:12", "2015-03-26T17:11:12"],
    ["UTC+05:30", "2015-03-26 10:11:12", "2015-03-26T04:41:12"],
  ])("in %s at %s is %s in UTC", (zone, text, expected) => {
    expect(utc(clockOf(zone).toUtc(local(text), NEVER, PLACE))).toBe(expected);
  });

  it("shows an hour twice in autumn: the first unless that was before", () => {
    const clock = clockOf("Europe/Berlin");
    const first = clock.toUtc(local("2016-10-30 02:30:00"), NEVER, PLACE);
    expect(utc(first)).toBe("2016-10-30T00:30:00");
    const later = clock.toUtc(local("2016-10-30 02:55:00"), first, PLACE);
    const second = clock.toUtc(local("2016-10-30 02:00:00"), later, PLACE);
    expect(utc(second)).toBe("2016-10-30T01:00:00");
    // The very same stamp again is a duplicate, no hour.
    expect(clock.toUtc(local("2016-10-30 02:00:00"), second, PLACE)).toBe(second);
  });

  it("remarks that it shows an hour twice, and which one is assumed", () => {
    const report = new Report();
    const clock = clockOf("Europe/Berlin", report);
    expect(clock.comesTwice(local("2016-10-30 02:30:00"))).toBe(true);
    expect(clock.comesTwice(local("2016-10-30 03:00:00"))).toBe(false);
    expect(clock.comesTwice(local("2016-10-29 02:30:00"))).toBe(false);
    clock.toUtc(local("2016-10-30 01:59:59"), NEVER, PLACE);
    expect(report.lines()).toEqual([]);
    clock.toUtc(local("2016-10-30 02:30:00"), NEVER, PLACE);
    expect(report.lines()).toEqual([
      "a.log:7: this local time occurs twice in Europe/Berlin, because clocks are set back: read as the first, or as the second if the first is earlier than the previous sample",
    ]);
  });

  it.each([
    ["+0530", "UTC+05:30"],
    ["+05:30", "UTC+05:30"],
    ["-03", "UTC-03:00"],
    ["+00", "UTC"],
    ["Z", "UTC"],
    ["GMT", "UTC"],
    ["CET", null],
    ["+99", null],
    ["5", null],
  ])("has the offset %s as the zone %s", (text, zone) => {
    expect(zoneOfOffset(text)).toBe(zone);
  });

  it("skips an hour in spring: a time in it is an hour later, with a remark", () => {
    const report = new Report();
    const us = clockOf("Europe/Berlin", report).toUtc(local("2016-03-27 02:30:00"), NEVER, PLACE);
    expect(utc(us)).toBe("2016-03-27T01:30:00");
    expect(report.lines()).toEqual([
      "a.log:7: this local time does not exist in Europe/Berlin, because clocks were set forward: one hour is added",
    ]);
  });

  it("is the inverse of what the platform shows, in every zone", () => {
    const zones = fc.constantFrom(
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kolkata",
      "Africa/Casablanca",
    );
    const seconds = fc.integer({ min: 1_262_304_000, max: 1_893_456_000 });
    fc.assert(
      fc.property(zones, fc.array(seconds, { minLength: 1, maxLength: 12 }), (zone, times) => {
        const clock = clockOf(zone);
        const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
        for (const time of times) {
          const shown = local(format.format(time * 1000));
          const us = clock.toUtc(shown, time * 1e6 - 1_800_000_000, PLACE);
          // An hour that comes twice may be either; half an hour before is nearer than that.
          expect(local(format.format(us / 1000))).toBe(shown);
          expect(us).toBeGreaterThanOrEqual(time * 1e6 - 1_800_000_000);
        }
      }),
    );
  });

  it.each(["Europe/Berlin", "UTC", "Etc/GMT+3", "europe/berlin"])("may be set to %s", (name) => {
    expect(parseZone(name)).toBe(name);
  });

  it.each(["CEST", "+02:00", "Europe/Berlim", "", "12"])("may not be set to %j", (name) => {
    expect(() => parseZone(name)).toThrow(/^--tz ".*": expected the name of a time zone/);
  });
});

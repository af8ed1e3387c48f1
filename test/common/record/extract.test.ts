import { expect, test } from "vitest";
import { extractorOf } from "../../../src/common/record/extract.ts";
import { RECORDED_FIELDS, type SourceFile } from "../../../src/common/record/fields.ts";
import {
  MEMINFO,
  OLD_VMSTAT,
  PRESSURE,
  SWAPS,
  VMMEMCTL,
  VMMEMCTL_4,
  VMMEMCTL_5,
  VMSTAT,
  ZONEINFO,
} from "../../support/fakes/fake-machine.ts";

/** What is recorded of a text, learned from another one of the same file. */
function extract(file: SourceFile, text: string, learned = text): Record<string, number> {
  const wanted = RECORDED_FIELDS.filter((each) => each.file === file).map((each) => each.field);
  const extractor = extractorOf(file, wanted, `\n${learned}`);
  const values = new Float64Array(extractor.fields.length + 2).fill(-1);
  extractor.extract(`\n${text}`, values, 1);
  expect([values[0], values[extractor.fields.length + 1]]).toEqual([-1, -1]);
  return Object.fromEntries(extractor.fields.map((field, i) => [field, values[i + 1] as number]));
}

test("meminfo: the reader does not find a name inside a longer one", () => {
  const values = extract("meminfo", MEMINFO);
  expect(values).toMatchObject({ MemTotal: 4028940, "Active(anon)": 700012, SwapCached: 1024, Cached: 1500124 });
  expect(Object.keys(values)).not.toContain("Hugetlb");
});

test("vmstat: the reader adds up the counters of zones, and no other counters", () => {
  expect(extract("vmstat", VMSTAT)).toMatchObject({ allocstall: 18, pgscan_direct: 1200, balloon_inflate: 65536 });
  expect(extract("vmstat", OLD_VMSTAT)).toEqual({
    pgpgin: 5000000,
    pgpgout: 6000000,
    pswpin: 120,
    pswpout: 24500,
    pgscan_kswapd: 70800,
    pgscan_direct: 12,
    pgsteal_kswapd: 60700,
    pgsteal_direct: 11,
    allocstall: 44,
  });
});

test("zoneinfo: the reader adds up the watermarks of all zones", () => {
  expect(extract("zoneinfo", ZONEINFO)).toEqual({ min: 11066, low: 13832, high: 16598 });
});

test("pressure: the reader takes the totals", () => {
  expect(extract("pressure/memory", PRESSURE)).toEqual({ some: 1234567, full: 345678 });
});

test("swaps: the reader adds up all devices; a machine without swap has 0, not unknown", () => {
  expect(extract("swaps", SWAPS)).toEqual({ size: 2097148, used: 97148 });
  expect(extract("swaps", SWAPS.slice(0, SWAPS.indexOf("\n") + 1))).toEqual({ size: 0, used: 0 });
});

test("uptime: the reader takes the first number", () => {
  expect(extract("uptime", "86400.25 170000.10\n")).toEqual({ uptime: 86400.25 });
});

test("vmmemctl: the reader takes the target, not the counter of that name, in each layout", () => {
  expect(extract("vmmemctl", VMMEMCTL)).toEqual({
    target: 131072,
    current: 65536,
    rateNoSleepAlloc: 16384,
    rateSleepAlloc: 2048,
    rateFree: 16384,
  });
  expect(extract("vmmemctl", VMMEMCTL_4)).toEqual({ target: 131072, current: 65536, rateSleepAlloc: 2048 });
  expect(extract("vmmemctl", VMMEMCTL_5)).toEqual({ target: 131072, current: 65536 });
  const counterOnly = VMMEMCTL.slice(VMMEMCTL.indexOf("timer"));
  expect(extract("vmmemctl", counterOnly)).toEqual({});
});

test("the reader reports a name that a later text lacks as unknown, and finds names in another order", () => {
  const swapped = "full avg10=0 avg60=0 avg300=0 total=7\nsome avg10=0 avg60=0 avg300=0 total=9\n";
  expect(extract("pressure/memory", swapped, PRESSURE)).toEqual({ some: 9, full: 7 });
  expect(extract("pressure/memory", "some avg10=0 avg60=0 avg300=0 total=9\n", PRESSURE)).toEqual({
    some: 9,
    full: Number.NaN,
  });
  expect(extract("vmmemctl", "", VMMEMCTL_5)).toEqual({ target: Number.NaN, current: Number.NaN });
});

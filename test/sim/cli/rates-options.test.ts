import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { parseRates } from "../../../src/common/rates-file.ts";
import { DEFAULT_RATES, RATE_FIELDS, VMMEMCTL } from "../../../src/engine/index.ts";

const directory = mkdtempSync(join(tmpdir(), "balloon-rates-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(text: string): string {
  const path = join(directory, "rates.json");
  writeFileSync(path, text);
  return path;
}

function problem(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message.replaceAll(directory, "DIR");
  }
  throw new Error("no InputError");
}

test("the rates are those of the reference driver by default", () => {
  expect(parseRates(VMMEMCTL)).toEqual(DEFAULT_RATES);
});

test("a rates file overrides the defaults, and --set overrides the file", () => {
  const path = file('{"alloc-max": 4096, "freeInc": 32}');
  expect(parseRates(VMMEMCTL, path, ["allocMin=7", "free-inc=2"])).toEqual({
    ...DEFAULT_RATES,
    allocMax: 4096,
    allocMin: 7,
    freeInc: 2,
  });
});

test("a constant that is set twice, by either name, is refused: which value was meant is unknown", () => {
  expect(problem(() => parseRates(VMMEMCTL, undefined, ["free-inc=1", "alloc-min=7", "freeInc=2"]))).toBe(
    "--set freeInc=2: free-inc is set twice: set it once",
  );
});

test("every constant can be given by either of its names", () => {
  for (const { flag, key } of RATE_FIELDS) {
    const value = DEFAULT_RATES[key] + (key.endsWith("Min") ? -1 : 1);
    expect(parseRates(VMMEMCTL, undefined, [`${flag}=${value}`])[key]).toBe(value);
    expect(parseRates(VMMEMCTL, file(JSON.stringify({ [key]: value })))[key]).toBe(value);
  }
});

test("two bounds may be moved past each other together, in any order", () => {
  expect(parseRates(VMMEMCTL, undefined, ["alloc-min=4096", "alloc-max=8192"]).allocMin).toBe(4096);
});

test.each([
  [["alloc-max"], "--set alloc-max: expected name=value, such as nosleep-alloc-max=16384"],
  [["=4"], "--set =4: expected name=value, such as nosleep-alloc-max=16384"],
  [
    ["aloc-max=1"],
    '--set aloc-max=1: unknown constant "aloc-max"; did you mean "alloc-max"? (balloon-sim rates lists them)',
  ],
  [["xyzzy=1"], '--set xyzzy=1: unknown constant "xyzzy" (balloon-sim rates lists them)'],
  [["alloc-max=4k"], '--set alloc-max=4k: expected a whole number from 1 to 4294967295 (pages/cycle), found "4k"'],
  [["free-max=0"], "--set free-max=0: free-max is 0: expected a whole number from 1 to 4294967295 (pages/cycle)"],
  [
    ["free-inc=4294967296"],
    "--set free-inc=4294967296: free-inc is 4294967296: expected a whole number from 0 to 4294967295 (pages/cycle)",
  ],
  [["alloc-max=100"], "--set alloc-max=100: alloc-min is 512: expected no more than alloc-max, which is 100"],
])("--set %s is rejected in one line", (sets, message) => {
  expect(problem(() => parseRates(VMMEMCTL, undefined, sets))).toBe(message);
});

test.each([
  [
    '{\n  "alloc-max": 4096,\n  "fre-min": 3 }',
    'DIR/rates.json:3:3: unknown constant "fre-min"; did you mean "free-min"? (balloon-sim rates lists them)',
  ],
  [
    '{"free-min": "3"}',
    'DIR/rates.json:1:2: $.free-min: expected a whole number from 1 to 4294967295 (pages/cycle), found "3"',
  ],
  [
    '{"free-min": [3]}',
    "DIR/rates.json:1:2: $.free-min: expected a whole number from 1 to 4294967295 (pages/cycle), found an array",
  ],
  [
    '{"free-min": null}',
    "DIR/rates.json:1:2: $.free-min: expected a whole number from 1 to 4294967295 (pages/cycle), found null",
  ],
  [
    '{"free-min": 1.5}',
    "DIR/rates.json:1:2: $.free-min: free-min is 1.5: expected a whole number from 1 to 4294967295 (pages/cycle)",
  ],
  [
    '{"free-min": 1,\n"freeMin": 2}',
    "DIR/rates.json:2:1: $.freeMin: free-min is given twice, as free-min and as freeMin",
  ],
  [
    '{"free-min": 1,',
    "DIR/rates.json:1:16: the text ends where a key in double quotes should follow: is it cut off? (balloon-sim rates --json prints a file to begin with)",
  ],
  ["", "DIR/rates.json: is empty, expected rates"],
  [" \n", "DIR/rates.json: is empty, expected rates"],
  ...Object.entries({ trace: "a trace", machine: "a machine file", checkpoint: "a checkpoint" }).map(
    ([format, kind]) => [
      `{"format":"balloon-sim/${format}","version":1}`,
      `DIR/rates.json: is ${kind}, expected rates, such as {"alloc-max": 4096}`,
    ],
  ),
  ['{"format":7}', 'DIR/rates.json:1:2: unknown constant "format" (balloon-sim rates lists them)'],
  ["[1]", 'DIR/rates.json: expected an object such as {"alloc-max": 4096}, found an array'],
])("a rates file with %j is rejected with its place", (text, message) => {
  expect(problem(() => parseRates(VMMEMCTL, file(text)))).toBe(message);
});

test("a rates file that can't be read is reported in one line", () => {
  expect(problem(() => parseRates(VMMEMCTL, directory))).toBe("--rates DIR: is a directory, expected a file");
  expect(problem(() => parseRates(VMMEMCTL, join(directory, "none")))).toBe(
    "--rates DIR/none: no such file or directory",
  );
});

test("any value of --set gives rates or one short InputError", () => {
  const name = fc.oneof(fc.constantFrom(...RATE_FIELDS.flatMap((f) => [f.flag, f.key])), fc.string());
  fc.assert(
    fc.property(fc.dictionary(name, fc.oneof(fc.integer(), fc.jsonValue())), fc.string(), (object, tail) => {
      for (const text of [JSON.stringify(object), JSON.stringify(object).slice(0, -1) + tail]) {
        try {
          parseRates(VMMEMCTL, file(text), [tail]);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message).not.toMatch(/[\n\r]/);
          expect((error as Error).message.length).toBeLessThan(400);
        }
      }
    }),
  );
});

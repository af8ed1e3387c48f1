import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPath, lineAndColumn, locate, MAX_DEPTH, parseJson } from "../../src/common/json.ts";

/** `LINE:COLUMN PATH: MESSAGE` of what is wrong with a text. */
function faultOf(text: string): string {
  const result = parseJson(text);
  if (result.ok) return "fine";
  const { line, column } = lineAndColumn(text, result.fault.offset);
  return `${line}:${column} ${formatPath(result.fault.path)}: ${result.fault.message}`;
}

describe("a fault in JSON is reported with its place", () => {
  test.each([
    ['{"a": [1, 2', '1:12 $.a: the text ends where a comma or "]" should follow: is it cut off?'],
    ['{"a": {"b"', '1:11 $.a: the text ends where a ":" should follow: is it cut off?'],
    ["", "1:1 $: the text ends where a value should follow: is it cut off?"],
    ["{", '1:2 $: the text ends where a key in double quotes or "}" should follow: is it cut off?'],
    ['{"a": 1} {', '1:10 $: expected the end of the text, found "{"'],
    ['{\n  "a": 1,\n}', '3:1 $: expected a key in double quotes, found "}"'],
    ['{\n  "a": 1\n  "b": 2\n}', '3:3 $: expected a comma or "}", found "\\""'],
    ["{a: 1}", '1:2 $: expected a key in double quotes or "}", found "a"'],
    ['{"a" 1}', '1:6 $: expected a ":", found "1"'],
    ['{"a": [1,, 2]}', '1:10 $.a[1]: expected a value, found ","'],
    ['{"a": [}', '1:8 $.a: expected a value or "]", found "}"'],
    ['{"a": 01}', '1:8 $: expected a comma or "}", found "1"'],
    ['{"a": NaN}', '1:7 $.a: expected a value, found "NaN"'],
    ['{"a": +1}', '1:7 $.a: expected a value, found "+1"'],
    ['{"a": 1.}', '1:7 $.a: expected a value, found "1."'],
    ['{"a": "b', "1:7 $.a: this string has no end"],
    ['{"a": "b\nc"}', "1:7 $.a: this string has no end"],
    ['{"a": "\\x"}', "1:7 $.a: this string holds a control character or an escape that JSON does not know"],
    ['{"a": "\u0001"}', "1:7 $.a: this string holds a control character or an escape that JSON does not know"],
    ['{"a": 1 /* one */}', "1:9 $: JSON has no comments"],
    ['{"a": 1, "b": {"c": 1, "c": 2}}', '1:24 $.b: the key "c" occurs twice'],
    ['{"a": 1, "\\u0061": 2}', '1:10 $: the key "a" occurs twice'],
    ["[".repeat(MAX_DEPTH), /the text ends/],
    ["[".repeat(MAX_DEPTH + 1), /nested more than 64 deep$/],
    [`${"[".repeat(MAX_DEPTH + 1)}${"]".repeat(MAX_DEPTH + 1)}`, /nested more than 64 deep$/],
    [`${"[".repeat(MAX_DEPTH)}${"]".repeat(MAX_DEPTH)}`, "fine"],
    ['{"__proto__": {"__proto__": 1}, "\\\\": "\\":", "c\\"": ":"}', "fine"],
  ])("%j", (text, expected) => {
    if (typeof expected === "string") expect(faultOf(text)).toBe(expected);
    else expect(faultOf(text)).toMatch(expected);
  });

  test("a million open brackets are refused at once, without running out of stack", () => {
    expect(faultOf("[".repeat(1_000_000))).toMatch(/nested more than 64 deep$/);
    expect(faultOf('{"a":'.repeat(1_000_000))).toMatch(/nested more than 64 deep$/);
  });
});

test("a text is accepted exactly when JSON.parse accepts it, with the same value", () => {
  const json = fc.oneof(
    fc.json({ noUnicodeString: false }),
    fc.jsonValue().map((value) => JSON.stringify(value, null, "\t")),
  );
  fc.assert(
    fc.property(json, (text) => {
      expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
    }),
  );
});

test("a damaged text is refused exactly when JSON.parse refuses it, and the place is inside the text", () => {
  const damage = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.nat({ max: 3 }),
    fc.constantFrom("", ",", '"', "}", "]", "\\", "\n", "-"),
  );
  fc.assert(
    fc.property(damage, ([text, at, length, insert]) => {
      const offset = at % (text.length + 1);
      const damaged = text.slice(0, offset) + insert + text.slice(offset + length);
      const result = parseJson(damaged);
      let refused = false;
      try {
        JSON.parse(damaged);
      } catch {
        refused = true;
      }
      if (refused) expect(result.ok).toBe(false);
      if (!result.ok) {
        expect(refused || /occurs twice/.test(result.fault.message)).toBe(true);
        expect(result.fault.message).not.toBe("not valid JSON");
        expect(result.fault.offset).toBeLessThanOrEqual(damaged.length);
      }
    }),
    { numRuns: 2000 },
  );
});

test("the walk reports the place of each value and key of a text", () => {
  const text = '{"a": [1, {"b":\n null}], "c d": true, "e": []}';
  const places = [
    { path: [], at: "value" },
    { path: ["a", 0], at: "value" },
    { path: ["a", 1, "b"], at: "key" },
    { path: ["a", 1, "b"], at: "value" },
    { path: ["c d"], at: "key" },
    { path: ["e"], at: "value" },
  ] as const;
  expect(locate(text, places).map((offset) => text.slice(offset, offset + 3))).toEqual([
    '{"a',
    "1, ",
    '"b"',
    "nul",
    '"c ',
    "[]}",
  ]);
  expect(lineAndColumn(text, locate(text, places)[3] as number)).toEqual({ line: 2, column: 2 });
});

test("a path is written so that it can be read back", () => {
  expect(formatPath(["workloads", 0, "anon", "points", 3, 1])).toBe("$.workloads[0].anon.points[3][1]");
  expect(formatPath(["odd key", "\u001b[2J", "x".repeat(100)])).toBe(
    `$["odd key"]["\\u{1b}[2J"]["${"x".repeat(47)}…"]`,
  );
});

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { bundledTraces, findTrace } from "../../../src/sim/trace/bundled.ts";
import { readTrace, validateText } from "../../../src/sim/trace/read.ts";
import { changesOf, MINIMAL } from "./support.ts";

/** One line, of bounded length, without anything that a terminal would obey. */
const MESSAGE = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]{10,800}$/u;

/**
 * Whatever a text is, reading it either works or throws one line that is the user's; validation names the same problem
 * first (unless the run ends before it gets there), and nothing where reading works.
 */
function expectReadOrRefused(text: string): "read" | "refused" {
  const problems = validateText(text, "f");
  for (const problem of problems) expect(problem).toMatch(MESSAGE);
  try {
    const source = readTrace(text, "f");
    changesOf(source, 1000);
    source.close();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect(problems[0]).toBe((error as Error).message);
    return "refused";
  }
  expect(problems).toEqual([]);
  return "read";
}

const texts = bundledTraces().map((name) => readFileSync(findTrace(name), "utf8"));
const spike = texts[bundledTraces().indexOf("spike")] as string;
const lines = texts[bundledTraces().indexOf("recorded/proc-capture")]?.split("\n").slice(0, 6).join("\n") as string;

describe("the reader throws nothing but InputError for", () => {
  test("any text", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.json());
    fc.assert(
      fc.property(text, (any) => void expectReadOrRefused(any)),
      { numRuns: 2000 },
    );
  });

  test("any bytes, read as text", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        (bytes) => void expectReadOrRefused(Buffer.from(bytes).toString()),
      ),
    );
  });

  test("any values under the keys that there are", () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom("1GiB", "1m", "2us", 0, 1, -1, 1e300, [[0, 1]], { points: [[0, 1]] }, null, "", []),
    );
    const keys = [...new Set(spike.matchAll(/"(\w+)":/g))].map(([, key]) => key as string);
    const members = fc.dictionary(fc.constantFrom(...keys, "rows", "refusals", "resets", "faults", "t"), value);
    const document = fc.tuple(members, members, members).map(([top, guest, host]) => {
      const inner = { memory: "1GiB", ...guest };
      return JSON.stringify({ ...MINIMAL, ...top, guest: inner, host, workloads: [{ name: "a", ...guest }] });
    });
    fc.assert(
      fc.property(document, (text) => void expectReadOrRefused(text)),
      { numRuns: 2000 },
    );
  });

  test("a good trace with one value replaced", () => {
    const outcomes = { read: 0, refused: 0 };
    const replacement = fc.oneof(
      fc.constantFrom(
        "null",
        "0",
        "-1",
        "1e999",
        "1e300",
        "0.5",
        '"4GB"',
        '"1h"',
        "[]",
        "{}",
        "true",
        '"\\u0000\\u202e"',
      ),
      fc.json({ maxDepth: 2 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), replacement, (text, which, by) => {
        const values = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"\n]*"|true|false|null/g)];
        const match = values[which % values.length] as RegExpMatchArray;
        const start = match.index as number;
        const end = start + match[0].length;
        outcomes[expectReadOrRefused(text.slice(0, start) + by + text.slice(end))]++;
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(30);
  });

  test("a good trace with a stretch cut out, or something put in", () => {
    const insert = fc.oneof(fc.string(), fc.constantFrom("{", "}", "[", "]", ",", ":", '"', "\n", "\\", "\ud800", "1"));
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), fc.nat({ max: 40 }), insert, (text, at, length, put) => {
        const offset = at % text.length;
        expectReadOrRefused(text.slice(0, offset) + put + text.slice(offset + length));
      }),
      { numRuns: 2000 },
    );
  });
});

test("a document that is cut off anywhere is refused", () => {
  const whole = JSON.stringify(JSON.parse(spike));
  for (let end = 0; end < whole.length; end++) expect(expectReadOrRefused(whole.slice(0, end))).toBe("refused");
  expect(expectReadOrRefused(whole)).toBe("read");
});

test("JSON lines that are cut off anywhere are refused, except at the end of a line", () => {
  const header = lines.indexOf("\n");
  const ends = [...lines.matchAll(/\n|$/g)].map((match) => match.index);
  for (let end = 0; end <= lines.length; end++) {
    const outcome = expectReadOrRefused(lines.slice(0, end));
    const wholeRows = end > header + 1 && (ends.includes(end) || ends.includes(end - 1));
    expect([end, outcome]).toEqual([end, wholeRows ? "read" : "refused"]);
  }
});

test("deep nesting is refused at once, at any place", () => {
  const deep = (open: string, close: string) => [open.repeat(200_000), open.repeat(200_000) + close.repeat(200_000)];
  for (const nest of [...deep("[", "]"), ...deep('{"a":', "}")]) {
    for (const text of [nest, spike.replace('"2GiB"', nest), `${lines}\n${nest}`, lines.replace('"7m"', nest)]) {
      expect(expectReadOrRefused(text)).toBe("refused");
    }
  }
});

test("long keys and long texts are cut in messages", () => {
  const long = "k".repeat(1_000_000);
  for (const text of [
    spike.replace('"swap"', `"${long}"`),
    spike.replace('"2GiB"', `"${long}"`),
    spike.replace('"db"', `"${long}"`),
    lines.replaceAll('"anon"', `"${long}"`),
  ]) {
    expect(expectReadOrRefused(text)).toBe("refused");
  }
});

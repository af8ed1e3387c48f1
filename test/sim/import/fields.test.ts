import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InputFile } from "../../../src/common/files/input-file.ts";
import { Fields, parseDecimal } from "../../../src/sim/import/fields.ts";
import { LineCursor } from "../../../src/sim/import/lines.ts";
import { Report } from "../../../src/sim/import/report.ts";
import { logFiles } from "../../support/in-process/import-log.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();

function fieldsOf(line: string, mark: "." | "," = "."): Fields {
  const [file] = logFiles(directory, [{ name: "x.csv", text: `${line}\n` }]) as [InputFile];
  const cursor = new LineCursor(file, new Report());
  cursor.advance();
  return new Fields(cursor, mark);
}

describe("parseDecimal", () => {
  const parse = (text: string, mark: "." | "," = "."): number => parseDecimal(text, 0, text.length, mark);

  it("rounds as JavaScript does, with any digits", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parse(String(value))).toBe(Number(String(value)));
        expect(parse(value.toExponential())).toBe(Number(value.toExponential()));
      }),
      { numRuns: 2000 },
    );
    const digits = fc.stringMatching(/^[+-]?\d{1,25}(\.\d{0,25})?([eE][+-]?\d{1,3})?$/);
    fc.assert(
      fc.property(digits, (text) => {
        const value = Number(text);
        expect(parse(text)).toBe(Number.isFinite(value) ? value : Number.NaN);
        expect(parse(text.replace(".", ","), ",")).toBe(parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  it.each(["", " 1", "1 ", "1.2.3", "1,5", "0x10", "Infinity", "NaN", "1e", "e5", "-", ".", "1_000", "12%", "1e400"])(
    "takes %j for no number",
    (text) => {
      expect(parse(text)).toBeNaN();
    },
  );

  it("reads the part of a text that it is told to", () => {
    expect(parseDecimal("abc12.5def", 3, 7)).toBe(12.5);
  });
});

describe("fields", () => {
  it("are cut at separators, with blanks around them that mean nothing", () => {
    const fields = fieldsOf("a;\t 12 ;;x;");
    fields.split(";");
    expect(fields.texts()).toEqual(["a", "12", "", "x", ""]);
    expect(fields.number(1, "a number")).toBe(12);
    expect(fields.number(2, "a number")).toBeNaN();
    expect(fields.columnOf(1)).toBe(4);
  });

  it("may be more than one expects", () => {
    const line = Array.from({ length: 1000 }, (_, i) => i).join(",");
    const fields = fieldsOf(line);
    fields.split(",");
    expect(fields.texts().join(",")).toBe(line);
  });

  it.each([
    ['"a","b"', ["a", "b"]],
    ["a,b", ["a", "b"]],
    ['a,"b,c",d', ["a", "b,c", "d"]],
    ['"",""', ["", ""]],
    ['"a""b",c', ['a""b', "c"]],
    ['   -"\\\\h\\x","y"', ["\\\\h\\x", "y"]],
    ['"1",  "2"', ["1", "2"]],
    ['"we"b","x"', ['we"b', "x"]],
    ["a,", ["a", ""]],
    ["", [""]],
  ])("of %s are %j where quotes count", (line, expected) => {
    const fields = fieldsOf(line);
    fields.splitQuoted(",");
    expect(fields.texts()).toEqual(expected);
  });

  it("are what was quoted, for any texts without quotes", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^"\r\n]*$/), { minLength: 1, maxLength: 9 }), (texts) => {
        const fields = fieldsOf(texts.map((text) => `"${text}"`).join(";"));
        fields.splitQuoted(";");
        expect(fields.texts()).toEqual(texts.map((text) => text.replace(/^[ \t]+|[ \t]+$/g, "")));
      }),
    );
  });

  it("end in an error where a quote is not closed", () => {
    const fields = fieldsOf('"a","b');
    expect(() => fields.splitQuoted(",")).toThrow("x.csv:1:5: a quote that is not closed");
  });

  it("are cut at blanks, however many", () => {
    const fields = fieldsOf("  1  22 \t 333 ");
    fields.splitBlanks();
    expect(fields.texts()).toEqual(["1", "22", "333"]);
    expect(fields.columnOf(2)).toBe(10);
  });

  it("are named, with their place, where they are no numbers or are missing", () => {
    const fields = fieldsOf("1;2x");
    fields.split(";");
    expect(() => fields.number(1, "the load")).toThrow('x.csv:1:3: expected the load, a number, found "2x"');
    expect(() => fields.number(2, "the load")).toThrow("x.csv:1:5: the load is missing: the line ends too early");
  });
});

import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLines, csvText } from "../../../src/sim/output/csv.ts";

const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

test.each(["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "＝1"])(
  "csv quotes %j so that a spreadsheet takes it as text",
  (text) => {
    const [[field = ""] = []] = parse(csvLines([[text, 1]])) as string[][];
    expect(field).not.toMatch(FORMULA);
  },
);

test("csv keeps the minus of numbers", () => {
  expect(csvLines([[-1, -0.5, 2]])).toBe("-1,-0.5,2\n");
});

test("csv writes any text on one line without control characters, and printable ones unchanged", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 4 }), (texts) => {
      const line = csvLines([texts]);
      expect(line).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*\n$/u);
      const [fields = []] = parse(line, { relax_column_count: true }) as string[][];
      texts.forEach((text, i) => {
        if (!/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text) && !text.startsWith("'"))
          expect(csvText(fields[i] ?? "")).toBe(text);
        expect(fields[i]).not.toMatch(FORMULA);
      });
    }),
  );
});

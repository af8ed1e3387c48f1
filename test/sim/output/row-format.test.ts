import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { columnsOf, formatValue } from "../../../src/sim/output/columns.ts";
import { leadingColumns, leadingNames } from "../../../src/sim/output/leading-columns.ts";
import { RowEncoder, type RowFormat, rowFrame } from "../../../src/sim/output/row-format.ts";
import type { RunName } from "../../../src/sim/output/run-labels.ts";

const COLUMNS = columnsOf(VMMEMCTL);

const values = fc.array(
  fc.array(fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 45 })), {
    minLength: COLUMNS.length,
    maxLength: COLUMNS.length,
  }),
  { maxLength: 8 },
);

interface Placement {
  readonly run: RunName | null;
  readonly world: number | null;
  readonly last: boolean;
}

function encode(format: RowFormat, rows: readonly number[][], { run, world, last }: Placement): string {
  const encoder = new RowEncoder(format, COLUMNS, { leading: leadingColumns(format, run, world), last });
  return rows.map((row) => encoder.row(Float64Array.from(row))).join("") + encoder.end();
}

const texts = (row: readonly number[]) => row.map((value, i) => formatValue(COLUMNS[i], value));
const names = COLUMNS.map((column) => column.name);

/** File and name of a run, or none. */
const runs = fc.option(fc.record({ trace: fc.string(), name: fc.string() }));

const worlds = fc.constantFrom(null, 1, 17);

test("CSV is what csv-stringify makes of the same fields, however file and trace are called", () => {
  fc.assert(
    fc.property(values, runs, worlds, (rows, run, world) => {
      fc.pre(rows.length > 0);
      const expected = stringify(
        [
          [...(run === null ? [] : ["trace", "name"]), ...(world === null ? [] : ["world"]), ...names],
          ...rows.map((row) => [
            ...(run === null ? [] : [run.trace, run.name]),
            ...(world === null ? [] : [world]),
            ...texts(row),
          ]),
        ],
        { escape_formulas: true },
      );
      expect(encode("csv", rows, { run, world, last: true })).toBe(expected);
    }),
  );
});

test("NDJSON is a JSON object a line, JSON an array of the same objects", () => {
  fc.assert(
    fc.property(values, runs, worlds, (rows, run, world) => {
      fc.pre(rows.length > 0);
      const objects = rows.map((row) => ({
        ...run,
        ...(world === null ? {} : { world }),
        ...Object.fromEntries(names.map((name, i) => [name, Number(texts(row)[i])])),
      }));
      const placement = { run, world, last: true };
      const lines = encode("ndjson", rows, placement).trimEnd().split("\n");
      expect(lines.map((line) => JSON.parse(line))).toEqual(objects);
      expect(JSON.parse(encode("json", rows, placement))).toEqual(objects);
    }),
  );
});

test.each(["csv", "ndjson", "json"] as const)("the parts of several runs make one %s document", (format) => {
  const rows = [1, 2, 3].map((n) => names.map(() => n));
  const { head, separator, tail } = rowFrame(format, [...leadingNames(true, false), ...names]);
  const parts = ["a", "b", "c"].map((trace) => {
    const whole = encode(format, rows, { run: { trace, name: "n" }, world: null, last: false });
    expect(whole.startsWith(head)).toBe(true);
    return whole.slice(head.length);
  });
  const document = head + parts.join(separator) + tail;
  if (format === "csv") {
    const lines = document.trimEnd().split("\n");
    expect(lines.length).toBe(1 + 9);
    expect(lines.filter((line) => line.startsWith("trace,"))).toEqual([lines[0]]);
    expect(lines.slice(1).map((line) => line[0])).toEqual([..."aaabbbccc"]);
  } else {
    const objects =
      format === "json"
        ? JSON.parse(document)
        : document
            .trimEnd()
            .split("\n")
            .map((line) => JSON.parse(line));
    expect(objects.map((object: { trace: string }) => object.trace)).toEqual([..."aaabbbccc"]);
  }
});

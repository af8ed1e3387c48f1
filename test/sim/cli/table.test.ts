import stringWidth from "string-width";
import { expect, test, vi } from "vitest";
import { clip } from "../../../src/sim/output/wrap-words.ts";

/** Rows of each table that cli-table3 was given: it takes the square of their number. */
const laidOut: number[] = [];

vi.mock("cli-table3", async (original) => {
  const { default: Table } = (await original()) as { default: new (options: object) => { length: number } };
  return {
    default: class extends Table {
      override toString(): string {
        laidOut.push(this.length);
        return super.toString();
      }
    },
  };
});

const { formatTable } = await import("../../../src/sim/cli/table.ts");

const rowsOf = (count: number) => Array.from({ length: count }, (_, i) => [`row ${i}`, String(i * i)]);
const layout = { head: ["name", "square"], align: ["left", "right"] } as const;

test("the work for a table grows in proportion to its rows", () => {
  const work = (count: number): number => {
    laidOut.length = 0;
    formatTable(layout, rowsOf(count));
    return laidOut.reduce((sum, rows) => sum + rows * rows, 0);
  };
  expect(work(4000)).toBeLessThanOrEqual(2 * work(2000));
  expect(work(2000)).toBeGreaterThan(0);
});

test.each([0, 1, 49, 50, 51, 100, 101, 250])("a table of %i rows has one heading, and its columns in line", (count) => {
  const rows = rowsOf(count);
  const first = Math.max(4, ...rows.map(([name = ""]) => name.length));
  const second = Math.max(6, ...rows.map(([, square = ""]) => square.length));
  const line = (name: string, square: string) => `${name.padEnd(first)}  ${square.padStart(second)}\n`;
  expect(formatTable(layout, rows)).toBe(
    line("name", "square") + rows.map(([name = "", square = ""]) => line(name, square)).join(""),
  );
});

test("wide characters are whole, and take two columns of the terminal", () => {
  const rows = [
    ["日本語の名前", "1"],
    ["abc", "22"],
  ];
  expect(formatTable(layout, rows)).toBe(
    ["name          square", "日本語の名前       1", "abc               22", ""].join("\n"),
  );
});

test("the last column is wrapped to the terminal", () => {
  const notes = { head: ["trace", "note"], align: ["left", "left"], width: 40 } as const;
  const text = "a sentence that is longer than the column, 日本語の名前 included, in which it stands";
  const [head = "", ...lines] = formatTable(notes, [["日本語", text]])
    .trimEnd()
    .split("\n");
  const columns = head.indexOf("note");
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.map((line) => stringWidth(line) <= 40)).toEqual(lines.map(() => true));
  expect(lines.map((line) => clip(line, columns).trim())).toEqual(["日本語", ...lines.slice(1).map(() => "")]);
  expect(lines.map((line) => line.slice(clip(line, columns).length)).join(" ")).toBe(text);
});

import { expect, test, vi } from "vitest";

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

import { expect, test } from "vitest";
import { VMMEMCTL } from "../../../src/engine/index.ts";
import { type Column, columnsOf } from "../../../src/sim/output/columns.ts";
import { RowDeriver } from "../../../src/sim/report/runs/derived.ts";

const COLUMNS = columnsOf(VMMEMCTL);

const column = (name: string): Column => COLUMNS.find((one) => one.name === name) as Column;

test("paces and shares are those of their own columns, from one row to the next", () => {
  const names = ["time_s", "allocated", "refused", "freed", "stall_some_us", "stall_full_us"];
  const rows = new RowDeriver(names.map(column));
  const at = (values: readonly number[]) => {
    const out = rows.next(Float64Array.from(values));
    return Object.fromEntries(rows.names.map((name, i) => [name, out[i]]));
  };
  expect(at([0, 10, 0, 0, 0, 0])).toMatchObject({ inflation: 0, deflation: 0, stall_some: 0, stall_full: 0 });
  // In two seconds: 700 allocated and 100 of them refused, 50 freed, 1 s of waiting for some, half a second for all.
  expect(at([2, 700, 100, 50, 1_000_000, 500_000])).toMatchObject({
    inflation: 300,
    deflation: 25,
    stall_some: 0.5,
    stall_full: 0.25,
  });
  expect(rows.names.slice(-4)).toEqual(["inflation", "deflation", "stall_some", "stall_full"]);
});

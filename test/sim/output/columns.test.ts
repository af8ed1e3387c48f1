import { expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { VMMEMCTL, VmmemctlView } from "../../../src/engine/index.ts";
import { Totals } from "../../../src/sim/measures/totals.ts";
import { chooseColumns } from "../../../src/sim/output/choose-columns.ts";
import { columnsOf, defaultColumnsOf, formatSeconds } from "../../../src/sim/output/columns.ts";
import { madeUpView } from "../../support/worlds/run-view.ts";

const COLUMNS = columnsOf(VMMEMCTL);

const names = (list: string) => chooseColumns(list, VMMEMCTL).map((column) => column.name);

test("every column has a name of its own that needs no quoting", () => {
  expect(new Set(COLUMNS.map((column) => column.name)).size).toBe(COLUMNS.length);
  for (const { name } of COLUMNS) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
});

test("columns come in the order asked for; groups can be added to", () => {
  expect(names("size,time_s, target")).toEqual(["size", "time_s", "target"]);
  expect(names("all")).toEqual(COLUMNS.map((column) => column.name));
  expect(names("default,stat_lock")).toEqual([...defaultColumnsOf(VMMEMCTL).map((column) => column.name), "stat_lock"]);
});

test.each([
  [
    "psi_some",
    '--columns: unknown column "psi_some"; did you mean "stall_some_us"? (balloon-sim run --columns help lists them)',
  ],
  [
    "huge",
    '--columns: unknown column "huge"; did you mean "free_huge" or "anon_huge"? (balloon-sim run --columns help lists them)',
  ],
  ["tme_s", '--columns: unknown column "tme_s"; did you mean "time_s"? (balloon-sim run --columns help lists them)'],
  [
    "defualt",
    '--columns: unknown column "defualt"; did you mean "default"? (balloon-sim run --columns help lists them)',
  ],
  ["", "--columns: a name is missing (balloon-sim run --columns help lists them)"],
  ["size,,target", "--columns: a name is missing (balloon-sim run --columns help lists them)"],
  ["size,size", '--columns: "size" is named twice'],
  ["all,size", '--columns: "size" is named twice'],
])("--columns %j is rejected", (list, message) => {
  expect(() => chooseColumns(list, VMMEMCTL)).toThrow(new InputError(message));
});

test("times are exact to the microsecond, always with six decimals", () => {
  expect([0, 1, 999_999, 1_000_000, 12_345_678, 86_400_000_000 * 365].map(formatSeconds)).toEqual([
    "0.000000",
    "0.000001",
    "0.999999",
    "1.000000",
    "12.345678",
    "31536000.000000",
  ]);
});

test("each column reads its own part of a run", () => {
  const view = madeUpView();
  let next = 1000;
  for (const part of [view.engine, view.guest, view.host, view.cycle] as Record<string, number>[]) {
    for (const key of Object.keys(part)) part[key] = next++;
  }
  Object.assign(view, { timeUs: next++, driverCpuUs: next++, unknownUs: next++ });
  const totals = new Totals();
  totals.update(
    new VmmemctlView({
      ...view.engine,
      alloc: 5000,
      allocFail: 0,
      sleepAlloc: 0,
      sleepAllocFail: 0,
      free: 6000,
      refusedAlloc: 7000,
    }),
  );
  const values = COLUMNS.map((column) => [column.name, column.read(view, totals)] as const);
  const same = values.filter(([name, value]) => values.some(([other, that]) => other !== name && that === value));
  // The length of the made-up cycle is 1, and nothing else is.
  expect(same).toEqual([]);
  expect(Object.fromEntries(values)).toMatchObject({ allocated: 5000, freed: 6000, refused: 7000, cycle_us: 1 });
});

test("totals go on where the driver's counters of 32 bits begin again", () => {
  const view = madeUpView();
  const totals = new Totals();
  let pages = 0;
  for (let i = 0; i < 6; i++) {
    pages += 2 ** 30 * 3;
    view.engine.alloc = pages >>> 0;
    view.engine.lock = pages >>> 0;
    totals.update(view.balloon);
    totals.update(view.balloon);
  }
  expect(totals).toMatchObject({ allocated: 18 * 2 ** 30, locked: 18 * 2 ** 30, freed: 0, refused: 0, unlocked: 0 });
});

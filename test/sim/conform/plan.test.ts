import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { parseInit, parseStep } from "../../../src/sim/conform/plan.ts";

const HERE = "plan.txt:7";
const REST = "0 0 1048576";

function cycle(line: string) {
  const step = parseStep(line, HERE);
  if (step?.kind !== "cycle") throw new Error(`no cycle: ${line}`);
  return step;
}

const locks = (plan: string) => cycle(`C 5 0 -1 -1 ${plan} - ${REST}`).lock;

describe("a plan", () => {
  it("has a line for loading", () => {
    expect(parseInit("INIT 0 7", HERE)).toEqual({ start: 0, guestId: 7 });
    expect(parseInit("INIT8\t-1 and so on", HERE)).toEqual({ start: 8, guestId: 2 ** 32 + 0xffff_ffff });
  });

  it("has a line for each cycle", () => {
    expect(parseStep("C 20000 0 3 -1 3:5,9:7 0:8 1 2 1048576", HERE)).toEqual({
      kind: "cycle",
      target: 20_000,
      targetStatus: 0,
      nosleepOk: 3,
      sleepOk: Number.POSITIVE_INFINITY,
      lock: [
        { at: 3, status: 5 },
        { at: 9, status: 7 },
      ],
      unlock: [{ at: 0, status: 8 }],
      start: 1,
      guestId: 2,
      totalPages: 1_048_576,
    });
  });

  it("has remarks, empty lines and an end", () => {
    for (const line of ["", "\r", "#", "# C 5"]) expect(parseStep(line, HERE)).toBeUndefined();
    for (const line of ["EXIT", "EXIT now", "EXIT\r"]) expect(parseStep(line, HERE)).toEqual({ kind: "exit" });
  });

  it("needs white space between fields only where they would run together, and takes any", () => {
    expect(cycle("C5 0\t-1\v-1 -\f-   0 0 9 trailing text\r")).toMatchObject({ target: 5, totalPages: 9, lock: [] });
  });

  it("keeps of a number of 64 bits what the driver tells apart", () => {
    expect(cycle(`C 4294967301 4294967303 -1 -1 - - ${REST}`)).toMatchObject({ target: 5, targetStatus: 2 ** 32 + 7 });
    expect(cycle(`C -1 18446744073709551615 0 5 - - ${REST}`)).toMatchObject({
      target: 0xffff_ffff,
      targetStatus: 2 ** 32 + 0xffff_ffff,
      nosleepOk: 0,
      sleepOk: 5,
    });
    expect(cycle("C 0 4294967296 -9 -0 - - 0 4294967295 18446744073709551615")).toMatchObject({
      targetStatus: 2 ** 32,
      guestId: 0xffff_ffff,
      nosleepOk: Number.POSITIVE_INFINITY,
      sleepOk: 0,
      totalPages: Number.MAX_SAFE_INTEGER,
    });
  });

  it("answers commands as the oracle goes through it: once, with the first of several, success where it says so", () => {
    expect(locks("3:5,3:7,4:2")).toEqual([
      { at: 3, status: 5 },
      { at: 4, status: 2 },
    ]);
    expect(locks("9:5,3:7,10:2")).toEqual([
      { at: 9, status: 5 },
      { at: 10, status: 2 },
    ]);
    expect(locks("3:0,3:7,-4:2,5:8")).toEqual([{ at: 5, status: 8 }]);
    expect(locks(",,1:2,,")).toEqual([{ at: 1, status: 2 }]);
    expect(locks("1:2x")).toEqual([{ at: 1, status: 2 }]);
  });

  it("may have 4,096 entries, of up to 131,071 characters", () => {
    const entries = Array.from({ length: 4096 }, (_, k) => `${k}:5`);
    expect(locks(entries.join(","))).toHaveLength(4096);
    expect(locks(`${"0".repeat(131_068)}1:5`)).toEqual([{ at: 1, status: 5 }]);
  });
});

describe("a malformed plan", () => {
  it.each([
    ["", '"INIT start_status guest_id_status" in the first line, found ""'],
    ["C 5 0 -1", '"INIT start_status guest_id_status" in the first line, found "C 5 0 -1"'],
    [" INIT 0 0", '"INIT start_status guest_id_status" in the first line, found " INIT 0 0"'],
  ])("does not begin with %j", (line, expected) => {
    expect(() => parseInit(line, HERE)).toThrow(new InputError(`${HERE}: expected ${expected}`));
  });

  it.each([
    ["INIT", "1 of INIT, start_status, is missing"],
    ["INIT x 0", '1 of INIT, start_status, is "x"'],
    ["INIT 0 -", '2 of INIT, guest_id_status, is "-"'],
  ])("is reported with its fault: %j", (line, what) => {
    const message = `${HERE}: field ${what}, expected a whole number (INIT start_status guest_id_status)`;
    expect(() => parseInit(line, HERE)).toThrow(new InputError(message));
  });

  it.each(["c 5", " C 5 0", "INIT 0 0", "exit", "  ", "\t"])("is one with the step %j", (line) => {
    const message = `expected "C …", EXIT, a comment (#) or an empty line, found `;
    expect(() => parseStep(line, HERE)).toThrow(`${HERE}: ${message}`);
  });

  const form =
    "C target get_target_status nosleep_ok sleep_ok lock_plan unlock_plan start_status guest_id_status totalram";
  const malformed: ReadonlyArray<readonly [line: string, what: string]> = [
    ["C", "1 of C, target, is missing, expected a whole number"],
    ["C x 0 -1 -1 - - 0 0 1", '1 of C, target, is "x", expected a whole number'],
    ["C 5 0x -1 -1 - - 0 0 1", '3 of C, nosleep_ok, is "x", expected a whole number, -1 for no limit'],
    ["C 5 0 -1 all - - 0 0 1", '4 of C, sleep_ok, is "all", expected a whole number, -1 for no limit'],
    ["C 5 0 -1 -1", '5 of C, lock_plan, is missing, expected "-" or k:status,k:status,…'],
    ["C 5 0 -1 -1 3 - 0 0 1", '5 of C, lock_plan, has the entry "3", expected k:status, two whole numbers'],
    ["C 5 0 -1 -1 - 3: 0 0 1", '6 of C, unlock_plan, has the entry "3:", expected k:status, two whole numbers'],
    ["C 5 0 -1 -1 - 3:x 0 0 1", '6 of C, unlock_plan, has the entry "3:x", expected k:status, two whole numbers'],
    ["C 5 0 -1 -1 - 1:2,a:3 0 0 1", '6 of C, unlock_plan, has the entry "a:3", expected k:status, two whole numbers'],
    ["C 5 0 -1 -1 - -", "7 of C, start_status, is missing, expected a whole number"],
    ["C 5 0 -1 -1 - - 0 ?", '8 of C, guest_id_status, is "?", expected a whole number'],
    ["C 5 0 -1 -1 - - 0 0", "9 of C, totalram, is missing, expected a whole number"],
    [`C 5 0 -1 -1 - ${"1:2,".repeat(4097)} 0 0 1`, "6 of C, unlock_plan, has 4097 entries, expected at most 4096"],
    [
      `C 5 0 -1 -1 ${"0".repeat(131_072)}:5 - 0 0 1`,
      "5 of C, lock_plan, has 131074 characters, expected at most 131071",
    ],
  ];
  it.each(malformed.map(([line, what]) => [what, line]))("is reported with the field %s", (what, line) => {
    expect(() => parseStep(line, HERE)).toThrow(new InputError(`${HERE}: field ${what} (${form})`));
  });

  it("is answered with one short line, for any text", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.string({ unit: "binary", maxLength: 300 }).map((text) => `C ${text}`),
      fc.stringMatching(/^C( -?\d{1,25}| [-:,x0-9]{1,9}){0,10}$/),
    );
    fc.assert(
      fc.property(hostile, (line) => {
        for (const parse of [parseInit, parseStep]) {
          try {
            parse(line, HERE);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
            expect((error as Error).message).toMatch(/^plan\.txt:7: [^\n\r]{1,400}$/u);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});

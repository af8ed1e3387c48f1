import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorOf, failureDataOf, InputError, isOfWork, OutputError, RunError } from "../../../src/common/errors.ts";
import { decodeAnswers, readRows } from "../../../src/sim/cli/jobs/run-work.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { MAX_PIECE, Pace } from "../../../src/sim/queue/pace.ts";
import { answerOf, pieceId, taskOf } from "../../../src/sim/queue/pieces.ts";
import {
  decodeNumbers,
  decodeStudyAnswer,
  encodeStudyAnswer,
  encodeStudyTask,
} from "../../../src/sim/queue/study-work.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

/** What JSON alone would change. */
const NUMBERS = Float64Array.of(0.1, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE, 5e-324);

/** What arrives of a value that travels as JSON. */
const sent = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

test("the numbers of a study's task arrive unchanged, lowest byte first", () => {
  expect(decodeNumbers(sent(encodeStudyTask(NUMBERS)))).toEqual(NUMBERS);
  expect(encodeStudyTask(Float64Array.of(1))).toBe(Buffer.from([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]).toString("base64"));
  // A part of a larger buffer.
  expect(decodeNumbers(encodeStudyTask(NUMBERS.subarray(1, 3)))).toEqual(NUMBERS.slice(1, 3));
});

test("the results of a study's task arrive unchanged, and failed ones with their message", () => {
  const values = new Float64Array(2 * OBJECTIVES.length).map((_, i) => (i % 2 === 0 ? -0 : i / 7));
  const results = { runs: 2, values, errors: new Map([[1, { error: "…", isInput: true as const }]]) };
  const answer = encodeStudyAnswer(results);
  expect(sent(answerOf(answer, 12.3456))).toEqual({ ok: true, answer, ms: 12.346 });
  expect(decodeStudyAnswer(answer, 2)).toEqual(results);
  expect(() => decodeStudyAnswer(answer, 3)).toThrow(RunError);
  expect(() => decodeStudyAnswer("{}", 1)).toThrow("does not have the results of its task");
  expect(() => decodeStudyAnswer("{", 1)).toThrow(RunError);
  expect(() => taskOf({} as never)).toThrow(RunError);
});

test("equal pieces of equal setups have the same name, and others do not", () => {
  const name = (setup: string, task: string) => pieceId(setup, { task });
  expect(name("a", "1")).toBe(name("a", "1"));
  expect(new Set([name("a", "1"), name("b", "1"), name("a", "2")]).size).toBe(3);
});

test("an error of the study keeps its class; one that may lie in the worker is no answer", () => {
  for (const error of [new InputError("a"), new RunError("b")]) {
    const back = errorOf(sent(failureDataOf(error)));
    expect(back).toBeInstanceOf(error.constructor);
    expect(back.message).toBe(error.message);
    expect(isOfWork(error)).toBe(true);
  }
  expect(isOfWork(new OutputError("disk full"))).toBe(false);
  expect(isOfWork(new Error("out of memory"))).toBe(false);
});

test("a piece takes about a quarter of a second, and the last ones are small", () => {
  const pace = new Pace();
  expect(pace.sizeOf(1000, 4)).toBe(1);
  pace.note(1, 25);
  expect(pace.sizeOf(1000, 4)).toBe(10);
  expect(pace.sizeOf(30, 4)).toBe(3);
  expect(pace.sizeOf(1, 4)).toBe(1);
  expect(pace.sizeOf(1000, 0)).toBe(10);
  for (let i = 0; i < 50; i++) pace.note(1, 2);
  // Shorter ones would cost more than they save.
  expect(pace.sizeOf(9, 4)).toBe(5);
  expect(pace.sizeOf(3, 4)).toBe(3);
  for (let i = 0; i < 50; i++) pace.note(10, 1);
  expect(pace.sizeOf(100_000, 4)).toBe(MAX_PIECE);
  for (let i = 0; i < 50; i++) pace.note(1, 60_000);
  expect(pace.sizeOf(100_000, 4)).toBe(1);
  // An answer that is not from a worker of this program.
  pace.note(1, Number.NaN);
  expect(pace.sizeOf(100_000, 4)).toBe(1);
});

test("an answer with the rows of a run is refused if it is damaged, or if the rows are too many", async () => {
  await expect(decodeAnswers("bm8gZ3ppcA==", 1)).rejects.toThrow(RunError);
  const path = join(scratchDirectory(), "rows");
  writeFileSync(path, "time_s\n0\n");
  expect(readRows(path, 9)).toBe("time_s\n0\n");
  expect(() => readRows(path, 8)).toThrow("has too many rows for a queue: reduce them with --every");
});

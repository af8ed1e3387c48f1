/** The runs of a study as work of a queue. */
import { endianness } from "node:os";
import { OBJECTIVES } from "../measures/objectives.ts";
import type { ResultMessage, TaskMessage } from "../tune/study/messages.ts";
import { runPool } from "../tune/study/run-pool.ts";
import type { FailedRun, RunSetup } from "../tune/study/runner.ts";
import type { TraceText } from "../tune/study/trace-text.ts";
import { parseAnswer, wrongAnswer } from "./pieces.ts";
import { type PackedText, packText } from "./texts.ts";
import type { Work, WorkKind, WorkSetup } from "./work.ts";

const KIND = "study";

/** A trace in the stored setup, whose text is stored under its hash. */
type StoredTrace = Omit<TraceText, "text"> & { readonly text: string };

/** The setup of a study for a queue, with the texts of its traces. @throws {InputError} if a trace is too large for Redis */
export async function packStudy(setup: RunSetup): Promise<{ readonly setup: WorkSetup; readonly texts: PackedText[] }> {
  const texts: PackedText[] = [];
  for (const { text, trace } of setup.traces) texts.push(await packText(text, trace));
  const traces = setup.traces.map((trace, i): StoredTrace => ({ ...trace, text: (texts[i] as PackedText).sha256 }));
  const text = JSON.stringify({ ...setup, traces });
  return { setup: { kind: KIND, text, texts: texts.map(({ sha256 }) => sha256) }, texts };
}

/** Executes the runs of a study on a worker's threads, each of which parses the traces once. */
export const STUDY_WORK: WorkKind = {
  name: KIND,
  async start({ text }, textOf, threads): Promise<Work> {
    const stored = JSON.parse(text) as RunSetup & { readonly traces: readonly StoredTrace[] };
    const traces: TraceText[] = [];
    for (const trace of stored.traces) traces.push({ ...trace, text: await textOf(trace.text) });
    const pool = runPool({ ...stored, traces }, threads);
    return {
      async make(task) {
        const results = await pool.run(decodeNumbers(task));
        return {
          answer: encodeStudyAnswer(results),
          runs: results.runs,
          failedRuns: results.errors.size,
        };
      },
      stop: () => pool.stop(),
    };
  },
};

/** A task of a study: its numbers in base64, as doubles, lowest byte first. */
export const encodeStudyTask = (message: TaskMessage): string => encodeNumbers(message);

/** The results of a task, as text. */
export const encodeStudyAnswer = ({ values, errors }: Omit<ResultMessage, "runs">): string =>
  JSON.stringify({ values: encodeNumbers(values), errors: [...errors] });

/**
 * The results in an answer.
 * @param runs number of runs in the task
 * @throws {RunError} if the answer does not have the results of the task
 */
export function decodeStudyAnswer(answer: string, runs: number): ResultMessage {
  const { values: text, errors } = parseAnswer(answer) as {
    readonly values: string;
    readonly errors: [number, FailedRun][];
  };
  const values = typeof text === "string" ? decodeNumbers(text) : new Float64Array();
  // Without a run that succeeded there are no values.
  const areAllFailed = values.length === 0 && errors?.length === runs;
  if (!Array.isArray(errors) || (values.length !== runs * OBJECTIVES.length && !areAllFailed)) {
    throw wrongAnswer();
  }
  return { runs, values, errors: new Map(errors) };
}

function encodeNumbers(numbers: Float64Array): string {
  const bytes = Buffer.from(numbers.slice().buffer);
  return inOrder(bytes).toString("base64");
}

export function decodeNumbers(text: string): Float64Array {
  const bytes = inOrder(Buffer.from(text, "base64"));
  const numbers = new Float64Array(Math.floor(bytes.length / Float64Array.BYTES_PER_ELEMENT));
  Buffer.from(numbers.buffer).set(bytes.subarray(0, numbers.byteLength));
  return numbers;
}

/** The bytes of doubles, lowest first, on every machine. */
const inOrder = (bytes: Buffer): Buffer => (endianness() === "LE" ? bytes : bytes.swap64());

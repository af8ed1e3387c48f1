/** Pieces of a study's work as they travel: some runs, and their results, as text. */
import { endianness } from "node:os";
import { InputError, OutputError, RunError } from "../../common/errors.ts";
import { sha256 } from "../../common/files/hash.ts";
import { OBJECTIVES } from "../measures/objectives.ts";
import type { ResultMessage, TaskMessage } from "../tune/study/messages.ts";

/** A piece as a task of the queue. */
export interface PieceData {
  /** The runs: numbers as base64 of doubles, lowest byte first. */
  readonly runs: string;
}

/** What a worker answers to a piece. */
export type PieceAnswer =
  | {
      readonly ok: true;
      /** Values of the runs, as `PieceData` has numbers. */
      readonly values: string;
      /** What runs say that failed, with their numbers. */
      readonly errors: readonly (readonly [number, string])[];
      /** How long the runs took, in milliseconds. */
      readonly ms: number;
    }
  | {
      readonly ok: false;
      /** The class of an error that another worker would end with as well. */
      readonly kind: "input" | "run";
      readonly message: string;
    };

export const encodePiece = (message: TaskMessage): PieceData => ({ runs: encodeNumbers(message) });

/** @throws {RunError} where it is no piece */
export function decodePiece(data: PieceData): TaskMessage {
  if (typeof data?.runs !== "string") throw new RunError("a task in the queue is none of balloon-sim");
  return decodeNumbers(data.runs);
}

/**
 * The name of a piece: equal pieces of equal setups have the same, so that none is made twice.
 * @param setupHash stands for traces, seeds, what-if and model
 */
export const pieceId = (setupHash: string, { runs }: PieceData): string => `t${sha256(`${setupHash}\n${runs}`)}`;

export const encodeAnswer = ({ values, errors }: ResultMessage, ms: number): PieceAnswer => ({
  ok: true,
  values: encodeNumbers(values),
  errors: [...errors],
  ms: Math.round(ms * 1000) / 1000,
});

/**
 * The results in an answer.
 * @param runs how many runs the piece has
 * @throws {RunError} where the answer is none
 */
export function decodeAnswer(answer: PieceAnswer & { readonly ok: true }, runs: number): ResultMessage {
  const values = typeof answer.values === "string" ? decodeNumbers(answer.values) : new Float64Array();
  if (values.length !== runs * OBJECTIVES.length || !Array.isArray(answer.errors)) {
    throw new RunError("a worker answered with results that are not those of its task");
  }
  return { values, errors: new Map(answer.errors) };
}

/** What a worker answers to a task that ends with an error of the study; null: the worker may be to blame. */
export function failureAnswer(error: unknown): PieceAnswer | null {
  if (error instanceof InputError) return { ok: false, kind: "input", message: error.message };
  if (error instanceof RunError && !(error instanceof OutputError)) {
    return { ok: false, kind: "run", message: error.message };
  }
  return null;
}

/** The error in an answer, of its class again. */
export const errorOf = ({ kind, message }: PieceAnswer & { readonly ok: false }): Error =>
  kind === "input" ? new InputError(message) : new RunError(message);

function encodeNumbers(numbers: Float64Array): string {
  const bytes = Buffer.from(numbers.slice().buffer);
  return inOrder(bytes).toString("base64");
}

function decodeNumbers(text: string): Float64Array {
  const bytes = inOrder(Buffer.from(text, "base64"));
  const numbers = new Float64Array(Math.floor(bytes.length / Float64Array.BYTES_PER_ELEMENT));
  Buffer.from(numbers.buffer).set(bytes.subarray(0, numbers.byteLength));
  return numbers;
}

/** The bytes of doubles, lowest first, on every machine. */
const inOrder = (bytes: Buffer): Buffer => (endianness() === "LE" ? bytes : bytes.swap64());

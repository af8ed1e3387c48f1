/** The messages between coordinator and workers: the runs of a piece, and their results, as text. */
import { InputError, OutputError, RunError } from "../../common/errors.ts";
import { sha256 } from "../../common/files/hash.ts";

/** A piece as a task of the queue. */
export interface PieceData {
  /** The runs, as text in the format of the kind of work. */
  readonly task: string;
}

/** A worker's answer to a piece. */
export type PieceAnswer =
  | {
      readonly ok: true;
      /** The results, as text in the format of the kind of work. */
      readonly answer: string;
      /** Duration of the runs on one thread, in milliseconds. */
      readonly ms: number;
    }
  | {
      readonly ok: false;
      /** The class of the error. Every worker would get the same error. */
      readonly kind: "input" | "run";
      readonly message: string;
    };

/** The runs in the data of a task. @throws {RunError} if the data is not that of a piece */
export function taskOf(data: PieceData): string {
  if (typeof data?.task !== "string") throw new RunError("the queue contains a task that is not from balloon-sim");
  return data.task;
}

/**
 * The id of a piece. Equal pieces of equal setups have the same id, so that no piece is executed twice.
 * @param setupHash hash of the setup and the model
 */
export const pieceId = (setupHash: string, { task }: PieceData): string => `t${sha256(`${setupHash}\n${task}`)}`;

export const answerOf = (answer: string, ms: number): PieceAnswer => ({
  ok: true,
  answer,
  ms: Math.round(ms * 1000) / 1000,
});

/** The answer to a piece that failed with an error of the study; null if the worker may have caused the error. */
export function failureAnswer(error: unknown): PieceAnswer | null {
  if (error instanceof InputError) return { ok: false, kind: "input", message: error.message };
  if (error instanceof RunError && !(error instanceof OutputError)) {
    return { ok: false, kind: "run", message: error.message };
  }
  return null;
}

/** The error in an answer, with its class restored. */
export const errorOf = ({ kind, message }: PieceAnswer & { readonly ok: false }): InputError | RunError =>
  kind === "input" ? new InputError(message) : new RunError(message);

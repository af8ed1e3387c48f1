/** Pieces of a study's work as the queue carries them: the runs of a piece, and their results, as text. */
import { InputError, OutputError, RunError } from "../../common/errors.ts";
import { sha256 } from "../../common/files/hash.ts";

/** A piece as a task of the queue. */
export interface PieceData {
  /** The runs, as text of the kind of work. */
  readonly task: string;
}

/** A worker's answer to a piece. */
export type PieceAnswer =
  | {
      readonly ok: true;
      /** The results, as text of the kind of work. */
      readonly answer: string;
      /** Time that the runs took on one thread, in milliseconds. */
      readonly ms: number;
    }
  | {
      readonly ok: false;
      /** The class of an error that every worker would get. */
      readonly kind: "input" | "run";
      readonly message: string;
    };

/** The task in the data of a piece. @throws {RunError} if the data is not that of a piece */
export function taskOf(data: PieceData): string {
  if (typeof data?.task !== "string") throw new RunError("a task in the queue is none of balloon-sim");
  return data.task;
}

/**
 * The name of a piece. Equal pieces of equal setups have the same name, so that none runs twice.
 * @param setupHash stands for the setup and the model
 */
export const pieceId = (setupHash: string, { task }: PieceData): string => `t${sha256(`${setupHash}\n${task}`)}`;

export const answerOf = (answer: string, ms: number): PieceAnswer => ({
  ok: true,
  answer,
  ms: Math.round(ms * 1000) / 1000,
});

/** The answer to a piece that failed with an error of the study; null if the worker may be the cause. */
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

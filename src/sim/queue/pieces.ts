/** The messages between coordinator and workers: the runs of a piece, and their results, as text. */
import { type Failure, RunError } from "../../common/errors.ts";
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
      /** The error, which every worker would get. */
      readonly failure: Failure;
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

/** The value of an answer's text. @throws {RunError} if it is not JSON */
export function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrongAnswer();
  }
}

/** The error of an answer that does not have the results of its task. */
export const wrongAnswer = (): RunError => new RunError("the answer of a worker does not have the results of its task");

import { decodeResults, type ResultMessage } from "./messages.ts";
import type { RunResult, RunTask } from "./runner.ts";

/** What makes pieces of the work: some runs at a time, several pieces at the same time. */
export interface PieceMaker {
  /** How many pieces may be under way now. */
  most(): number;
  /** How many runs the next piece has, of so many that are left of a call: 1 or more. */
  sizeOf(left: number): number;
  /** Makes the runs of a piece. */
  make(tasks: readonly RunTask[]): Promise<ResultMessage>;
}

/**
 * Cuts tasks into pieces, keeps as many of them under way as may be, and hands over their results in the order of the tasks.
 * Tasks of earlier calls are begun first.
 */
export class Piecewise {
  readonly #maker: PieceMaker;
  /** Calls whose tasks are not all sent yet, the oldest first. */
  readonly #calls: Call[] = [];
  #underWay = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(maker: PieceMaker) {
    this.#maker = maker;
  }

  /** As `run` of an `Evaluator`. */
  async run(tasks: readonly RunTask[], deliver: (result: RunResult) => void, isOver: () => boolean): Promise<void> {
    const call = new Call(tasks, isOver);
    this.#calls.push(call);
    this.send();
    for await (const message of call.answers()) for (const result of decodeResults(message)) deliver(result);
    // Tasks that were never sent have no answer that fails.
    if (this.#failure !== null && !call.isSent) throw this.#failure.error;
  }

  /** Sends pieces, the oldest tasks first, where more may be under way. After a failure nothing more is sent. */
  send(): void {
    for (let call = this.#calls[0]; call !== undefined; call = this.#calls[0]) {
      if (this.#failure === null && this.#underWay >= this.#maker.most()) return;
      const piece = this.#failure === null ? call.nextPiece((left) => this.#maker.sizeOf(left)) : null;
      if (piece === null) {
        call.close();
        this.#calls.shift();
        continue;
      }
      this.#underWay++;
      const answer = this.#maker.make(piece);
      call.add(answer);
      const settled = () => {
        this.#underWay--;
        this.send();
      };
      answer.then(settled, (error: unknown) => {
        this.#failure ??= { error };
        settled();
      });
    }
  }

  /** Ends all calls with an error, but for answers that are there. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.send();
  }
}

/** The tasks of one call of `run`, and the answers to the pieces that were sent. */
class Call {
  readonly #tasks: readonly RunTask[];
  readonly #isOver: () => boolean;
  readonly #answers: Promise<ResultMessage>[] = [];
  #next = 0;
  #isClosed = false;
  /** Called when there is another answer to wait for, or there will be none. */
  #wake: () => void = () => {};

  constructor(tasks: readonly RunTask[], isOver: () => boolean) {
    this.#tasks = tasks;
    this.#isOver = isOver;
  }

  /** Whether all tasks are in pieces that were sent. */
  get isSent(): boolean {
    return this.#next === this.#tasks.length;
  }

  /** The next tasks to send; null: there are none, or no further ones shall be begun. */
  nextPiece(sizeOf: (left: number) => number): readonly RunTask[] | null {
    if (this.isSent || this.#isOver()) return null;
    const piece = this.#tasks.slice(this.#next, this.#next + sizeOf(this.#tasks.length - this.#next));
    this.#next += piece.length;
    return piece;
  }

  add(answer: Promise<ResultMessage>): void {
    this.#answers.push(answer);
    this.#wake();
  }

  /** No further answers come. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** The answers in the order of the tasks. */
  async *answers(): AsyncGenerator<ResultMessage> {
    for (let i = 0; i < this.#answers.length || !this.#isClosed; ) {
      const answer = this.#answers[i];
      if (answer === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        yield await answer;
        i++;
      }
    }
  }
}

/** Executes the pieces of a list of tasks: each piece is some consecutive tasks, and several pieces run at the same time. */
export interface PieceMaker<Task, Result> {
  /** Maximum number of pieces under way now. */
  most(): number;
  /** Number of tasks in the next piece, 1 or more. @param left tasks of the call that are not sent yet, 1 or more */
  sizeOf(left: number): number;
  /** Executes the tasks of a piece. @returns their results, in the order of the tasks */
  make(tasks: readonly Task[]): Promise<Iterable<Result>>;
}

/**
 * Cuts tasks into pieces, keeps as many of them under way as allowed, and delivers their results in the order of the
 * tasks. Tasks of earlier calls begin first.
 */
export class Piecewise<Task, Result> {
  readonly #maker: PieceMaker<Task, Result>;
  /** Calls with tasks that are not sent yet, the oldest first. */
  readonly #calls: Call<Task, Result>[] = [];
  #underWay = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(maker: PieceMaker<Task, Result>) {
    this.#maker = maker;
  }

  /**
   * Executes tasks. May be called again before it is done.
   * @param deliver called with each result, in the order of the tasks
   * @param isOver checked before each piece; if true, no further piece is sent, and only the first results are delivered
   * @throws the error of the first piece that fails, of any call
   */
  async run(tasks: readonly Task[], deliver: (result: Result) => void, isOver: () => boolean): Promise<void> {
    const call = new Call<Task, Result>(tasks, isOver);
    this.#calls.push(call);
    this.send();
    for await (const results of call.answers()) for (const result of results) deliver(result);
    // No answer fails for tasks that were never sent.
    if (this.#failure !== null && !call.isSent) throw this.#failure.error;
  }

  /** Sends pieces, the oldest tasks first, as long as more may be under way. After a failure no piece is sent. */
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

  /** Ends all calls with an error, after the results of finished pieces. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.send();
  }
}

/** The tasks of one call of `run`, and the answers to the pieces that were sent. */
class Call<Task, Result> {
  readonly #tasks: readonly Task[];
  readonly #isOver: () => boolean;
  readonly #answers: Promise<Iterable<Result>>[] = [];
  #next = 0;
  #isClosed = false;
  /** Called when there is another answer to wait for, or when no answer follows. */
  #wake: () => void = () => {};

  constructor(tasks: readonly Task[], isOver: () => boolean) {
    this.#tasks = tasks;
    this.#isOver = isOver;
  }

  /** Whether all tasks are in pieces that were sent. */
  get isSent(): boolean {
    return this.#next === this.#tasks.length;
  }

  /** The next tasks to send; null: there are none, or no further ones may begin. */
  nextPiece(sizeOf: (left: number) => number): readonly Task[] | null {
    if (this.isSent || this.#isOver()) return null;
    const piece = this.#tasks.slice(this.#next, this.#next + sizeOf(this.#tasks.length - this.#next));
    this.#next += piece.length;
    return piece;
  }

  add(answer: Promise<Iterable<Result>>): void {
    this.#answers.push(answer);
    this.#wake();
  }

  /** No further answers follow. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** The answers in the order of the tasks. */
  async *answers(): AsyncGenerator<Iterable<Result>> {
    for (let i = 0; i < this.#answers.length || !this.#isClosed; ) {
      const answer = this.#answers[i];
      if (answer === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        yield await answer;
        // The results of a long call are not kept.
        this.#answers[i] = DELIVERED;
        i++;
      }
    }
  }
}

const DELIVERED: Promise<Iterable<never>> = Promise.resolve([]);

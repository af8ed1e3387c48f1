/** The walk through the events of a run, for the explorer's page. */
import type { Stepper } from "../../step/stepper.ts";
import { seekTime } from "../../step/time-seek.ts";
import { parseCommands, Walk } from "../../step/walk.ts";
import type { FromWorker, ToWorker } from "../protocol.ts";
import type { Work } from "./slices.ts";

type WalkMessage = Extract<ToWorker, { readonly kind: "walk" }>;

/** One walk at a time: that of the run that was asked for last. */
export class Walks {
  readonly #open: (request: WalkMessage["request"]) => Stepper;
  readonly #post: (message: FromWorker) => void;
  #walk: { readonly of: string; readonly stepper: Stepper; readonly walk: Walk; readonly lines: string[] } | null =
    null;
  /** The latest message that says where to go, whatever was asked for before. */
  #goal = 0;

  /**
   * @param open begins the run of a request
   * @param post sends an answer to the page
   */
  constructor(open: (request: WalkMessage["request"]) => Stepper, post: (message: FromWorker) => void) {
    this.#open = open;
    this.#post = post;
  }

  /** Forgets the present walk: its run may be another one now. */
  forget(): void {
    this.#walk = null;
  }

  /** Obeys the commands of a message, and answers it. A later message that goes to a time of its own ends a long way. */
  obey({ id, request, commands }: WalkMessage): Work {
    const parsed = parseCommands(commands);
    if (parsed[0]?.letter === "g") this.#goal = id;
    return this.#obey(id, request, parsed);
  }

  *#obey(id: number, request: WalkMessage["request"], commands: ReturnType<typeof parseCommands>): Work {
    if (id < this.#goal) return this.#post({ kind: "walked", id, lines: [] });
    const { walk, lines, stepper } = this.#walkOf(request);
    lines.length = 0;
    for (const command of commands) {
      if (command.letter === "g" && command.count !== null) {
        for (const _ of seekTime(stepper, command.count * 1e6)) {
          yield;
          if (id < this.#goal) return this.#post({ kind: "walked", id, lines: [] });
        }
      }
      walk.obey(command);
    }
    this.#post({ kind: "walked", id, lines: [...lines] });
  }

  #walkOf(request: WalkMessage["request"]) {
    const of = JSON.stringify(request);
    if (this.#walk?.of === of) return this.#walk;
    this.#walk?.stepper.close();
    this.#walk = null;
    const stepper = this.#open(request);
    const lines: string[] = [];
    this.#walk = { of, stepper, walk: new Walk(stepper, (line) => lines.push(line)), lines };
    return this.#walk;
  }
}

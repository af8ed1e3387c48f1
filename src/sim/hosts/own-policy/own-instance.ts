import { InputError, RunError } from "../../../common/errors.ts";
import { describe } from "../../../common/quote.ts";
import { formatTime } from "../../../common/units.ts";
import type { HostParams } from "../params.ts";
import type { Decisions, TargetPolicyInstance } from "../target-policy.ts";
import type { HostView } from "../view.ts";
import { decisionsOf, Nonsense } from "./decisions.ts";
import type { Description } from "./description.ts";
import type { Created, Request } from "./protocol.ts";
import type { PolicyThread } from "./thread.ts";

/** A policy of one's own at work: passes calls on to its thread. */
export class OwnInstance implements TargetPolicyInstance {
  readonly settles: number;
  readonly #thread: PolicyThread;
  readonly #shown: string;
  readonly #number: number;
  #round = 1;

  constructor(thread: PolicyThread, shown: string, { sampleUs }: Description, params: HostParams) {
    this.#thread = thread;
    this.#shown = shown;
    const created = this.#value({ call: "create", params }, "create") as Created;
    const { instance, functions, settles = Number.POSITIVE_INFINITY } = created;
    this.#number = instance;
    this.#check(functions, sampleUs !== null);
    if (typeof settles !== "number" || !(settles >= 0)) {
      throw new InputError(`${shown}: create returned settles = ${describe(settles)}: expected a number of 0 or more`);
    }
    this.settles = settles;
  }

  get state(): object {
    return this.#value({ call: "state", instance: this.#number }, "state") as object;
  }

  observe(view: HostView): void {
    this.#look("observe", "before", view);
  }

  decide(view: HostView): Decisions {
    const { name, value } = this.#look("decide", "in", view);
    this.#round++;
    try {
      return decisionsOf(value, view);
    } catch (error) {
      if (error instanceof Nonsense) throw new RunError(`${this.#shown}: ${name} returned ${error.message}`);
      throw error;
    }
  }

  #check(functions: readonly string[], samples: boolean): void {
    const found = (name: string): boolean => functions.includes(name);
    const wrong = !found("decide")
      ? 'an object without "decide": expected a function'
      : samples && !found("observe")
        ? 'an object without "observe", which "sampleUs" calls'
        : !samples && found("observe")
          ? '"observe", which nothing calls without "sampleUs"'
          : null;
    if (wrong !== null) throw new InputError(`${this.#shown}: create returned ${wrong}`);
  }

  /** Calls a function with a view. @returns what it returned, and the call in messages: `decide in round 3 (at 20s)` */
  #look(call: "observe" | "decide", relation: string, view: HostView): { name: string; value: unknown } {
    const name = `${call} ${relation} round ${this.#round} (at ${formatTime(view.nowUs)})`;
    return { name, value: this.#value({ call, instance: this.#number, view: this.#thread.views.write(view) }, name) };
  }

  #value(request: Request, name: string): unknown {
    const answer = this.#thread.call(request);
    if (answer === null)
      throw new RunError(`${this.#shown}: ${name} gave no answer within ${this.#thread.limits.callMs / 1000} s`);
    if (answer.is === "nonsense") {
      const message = `${this.#shown}: ${name} returned ${answer.what}`;
      // What `create` returns is a part of the module.
      throw request.call === "create" ? new InputError(message) : new RunError(message);
    }
    if (answer.is === "value") return answer.value;
    const { text, at, stack } = answer.thrown;
    const error = new RunError(`${this.#shown}: ${name} threw ${text}${at === null ? "" : ` (${at})`}`);
    if (stack !== null) error.stack = `${error.message}\n${stack}`;
    throw error;
  }
}

import { InputError, RunError } from "../../../common/errors.ts";
import { describe } from "../../../common/quote.ts";
import { formatTime } from "../../../common/units.ts";
import type { HostParams } from "../params.ts";
import type { Decisions, TargetPolicyInstance } from "../target-policy.ts";
import type { HostView } from "../view.ts";
import { decisionsOf, Nonsense } from "./decisions.ts";
import type { Description } from "./description.ts";
import type { Created, Request } from "./protocol.ts";
import type { PendingCall, PolicyThread } from "./thread.ts";

/** A call, and its name in messages: `decide in round 3 (at 20s)`. */
interface Asked {
  readonly request: Request;
  readonly name: string;
  readonly pending: PendingCall;
}

/** What `create` has made. */
interface Made {
  readonly instance: number;
  readonly settles: number;
}

/** A policy of one's own at work: passes calls on to its thread. */
export class OwnInstance implements TargetPolicyInstance {
  readonly #thread: PolicyThread;
  readonly #shown: string;
  readonly #samples: boolean;
  readonly #creating: Asked;
  #made: Made | null = null;
  /** The call that `ask` has begun. */
  #asked: Asked | null = null;
  #round = 1;

  /** Begins with `create`; what is wrong with that is reported by the first use of the instance. */
  constructor(thread: PolicyThread, shown: string, { sampleUs }: Description, params: HostParams) {
    this.#thread = thread;
    this.#shown = shown;
    this.#samples = sampleUs !== null;
    this.#creating = this.#begin({ call: "create", params }, "create");
  }

  get settles(): number {
    return this.#instance().settles;
  }

  get state(): object {
    const { instance } = this.#instance();
    return this.#value(this.#begin({ call: "state", instance }, "state")) as object;
  }

  ask(call: "observe" | "decide", view: HostView): void {
    const { instance } = this.#instance();
    const name = `${call} ${call === "observe" ? "before" : "in"} round ${this.#round} (at ${formatTime(view.nowUs)})`;
    this.#asked = this.#begin({ call, instance, view: this.#thread.views.write(view) }, name);
  }

  isReady(): boolean {
    return (this.#asked ?? this.#creating).pending.isOver();
  }

  observe(view: HostView): void {
    this.#answered("observe", view);
  }

  decide(view: HostView): Decisions {
    const { name, value } = this.#answered("decide", view);
    this.#round++;
    try {
      return decisionsOf(value, view);
    } catch (error) {
      if (error instanceof Nonsense) throw new RunError(`${this.#shown}: ${name} returned ${error.message}`);
      throw error;
    }
  }

  /** The instance in the thread. */
  #instance(): Made {
    if (this.#made !== null) return this.#made;
    const created = this.#value(this.#creating) as Created;
    const { instance, functions, settles = Number.POSITIVE_INFINITY } = created;
    this.#check(functions);
    if (typeof settles !== "number" || !(settles >= 0)) {
      throw new InputError(
        `${this.#shown}: create returned settles = ${describe(settles)}: expected a number of 0 or more`,
      );
    }
    this.#made = { instance, settles };
    return this.#made;
  }

  #check(functions: readonly string[]): void {
    const samples = this.#samples;
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

  /** What a function with a view returned, which has been asked already, or is asked now; and the call's name. */
  #answered(call: "observe" | "decide", view: HostView): { name: string; value: unknown } {
    if (this.#asked === null) this.ask(call, view);
    const asked = this.#asked as unknown as Asked;
    this.#asked = null;
    return { name: asked.name, value: this.#value(asked) };
  }

  #begin(request: Request, name: string): Asked {
    return { request, name, pending: this.#thread.call(request) };
  }

  /** Waits for the answer to a call. */
  #value({ request, name, pending }: Asked): unknown {
    const answer = pending.take();
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

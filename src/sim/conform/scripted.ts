import type {
  AllocateReply,
  BatchReply,
  FreeReply,
  Hypervisor,
  PageAllocator,
  StatusReply,
  TargetReply,
  TotalPagesReply,
} from "../../engine/index.ts";
import type { Answers, CycleScript, Refusal } from "./plan.ts";

/** A guest whose allocations fail as planned. Its pages are not distinguished, so it has no frame numbers. */
export class ScriptedGuest implements PageAllocator {
  #nosleepLeft = 0;
  #sleepLeft = 0;
  #totalPages = 0;

  /** Sets the answers of the cycle that begins now. */
  follow(script: CycleScript): void {
    this.#nosleepLeft = script.nosleepOk;
    this.#sleepLeft = script.sleepOk;
    this.#totalPages = script.totalPages;
  }

  totalPages(reply: TotalPagesReply): void {
    reply(this.#totalPages, 0);
  }

  allocate(count: number, canSleep: boolean, reply: AllocateReply): void {
    const left = canSleep ? this.#sleepLeft : this.#nosleepLeft;
    const got = Math.min(count, left);
    if (canSleep) this.#sleepLeft -= got;
    else this.#nosleepLeft -= got;
    reply(got, got < count ? 1 : 0);
  }

  free(_count: number, _custody: number, reply: FreeReply): void {
    reply(0, 0);
  }
}

/** A host that answers as planned. */
export class ScriptedHost implements Hypervisor {
  #answers: Answers;
  #target = 0;
  #targetStatus = 0;
  readonly #locks = new CommandPlan();
  readonly #unlocks = new CommandPlan();

  /** @param answers to START and GUEST_ID while the driver loads */
  constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** Sets the answers of the cycle that begins now. The answers to START apply until others are set. */
  follow(script: CycleScript): void {
    this.#answers = script;
    this.#target = script.target;
    this.#targetStatus = script.targetStatus;
    this.#locks.follow(script.lock);
    this.#unlocks.follow(script.unlock);
  }

  start(_version: number, reply: StatusReply): void {
    reply(this.#answers.start, 0);
  }

  guestId(_type: number, reply: StatusReply): void {
    reply(this.#answers.guestId, 0);
  }

  getTarget(_limit: number, reply: TargetReply): void {
    reply(this.#targetStatus, this.#target);
  }

  lock(count: number, reply: BatchReply): void {
    this.#locks.answer(count, reply);
  }

  unlock(count: number, reply: BatchReply): void {
    this.#unlocks.answer(count, reply);
  }
}

/** The answers to one cycle's commands of one kind: success, except for the planned refusals. */
class CommandPlan {
  #refusals: readonly Refusal[] = [];
  /** The next refusal in the plan. */
  #next = 0;
  /** Commands answered so far. */
  #seen = 0;

  follow(refusals: readonly Refusal[]): void {
    this.#refusals = refusals;
    this.#next = 0;
    this.#seen = 0;
  }

  /** Answers up to `count` commands, until the first refusal. */
  answer(count: number, reply: BatchReply): void {
    const refusal = this.#refusals[this.#next];
    const accepted = refusal === undefined ? count : Math.min(count, refusal.at - this.#seen);
    this.#seen += accepted;
    if (refusal === undefined || accepted === count) {
      reply(accepted, 0);
    } else {
      this.#next++;
      this.#seen++;
      reply(accepted, refusal.status);
    }
  }
}

import { geometric, type Random } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { HostCommand, HostRule, RuleUse } from "../trace/types.ts";

/** Index of the command that a rule answers if no rule does. */
const NONE = Number.POSITIVE_INFINITY;

interface RuleState {
  readonly rule: HostRule;
  /** Number of answers before the rule is used up. */
  left: number;
  /** Matching commands before its next answer. */
  pass: number;
  /** As in `RuleUse`. */
  came: number;
  answers: number;
}

/**
 * The rules of a trace, which make the host answer commands with other statuses: `host.refusals`, `host.resets` and
 * `host.faults`. `first` finds the first of many commands that a rule answers; its cost grows with the rules' answers,
 * not with the commands.
 */
export class HostRules implements Archived {
  readonly #states: RuleState[];
  readonly #random: Random;
  /** Status of the answer that `first` found. */
  status = 0;

  constructor(rules: readonly HostRule[], random: Random) {
    this.#random = random;
    this.#states = rules.map((rule) => ({ rule, left: rule.count, pass: 0, came: 0, answers: 0 }));
    for (const state of this.#states) state.pass = this.#draw(state.rule);
  }

  /** What each rule has done so far, in their order. */
  get uses(): RuleUse[] {
    return this.#states.map(({ rule, came, answers }) => ({ rule, came, answers }));
  }

  /** Whether a rule for the command applies at this time. */
  active(command: HostCommand, nowUs: number): boolean {
    return this.#states.some((s) => s.rule.command === command && applies(s, nowUs));
  }

  /** When a rule for the command begins to apply next, after now; Infinity if none will. */
  nextBeginUs(command: HostCommand, nowUs: number): number {
    let next = Number.POSITIVE_INFINITY;
    // A rule that begins later has not answered yet, so it is not used up.
    for (const { rule } of this.#states) {
      if (rule.command === command && rule.fromUs > nowUs) next = Math.min(next, rule.fromUs);
    }
    return next;
  }

  /**
   * Applies the rules to up to `count` commands, until a rule answers one.
   * @returns the index of that command, from 0, its status in `status`; `count` if no rule answers. The rules count the
   * commands up to and including that one
   */
  first(command: HostCommand, count: number, nowUs: number): number {
    let at = NONE;
    let winner: RuleState | null = null;
    for (const state of this.#states) {
      if (state.rule.command !== command || !applies(state, nowUs)) continue;
      if (state.pass < at) {
        at = state.pass;
        winner = state;
      }
    }
    const answered = at < count;
    const given = answered ? at : count;
    let afterWinner = false;
    for (const state of this.#states) {
      if (state.rule.command !== command || !applies(state, nowUs)) continue;
      state.came += answered ? given + 1 : given;
      if (answered && state === winner) {
        state.left--;
        state.answers++;
        state.pass = this.#draw(state.rule);
        this.status = state.rule.status;
        afterWinner = true;
        continue;
      }
      // A rule does not see a command that a rule before it has answered.
      state.pass -= answered && !afterWinner ? given + 1 : given;
    }
    return given;
  }

  /** The owner of the stream archives the random numbers. */
  archive(a: Archive): void {
    for (const state of this.#states) {
      state.left = a.number(state.left);
      state.pass = a.number(state.pass);
      state.came = a.number(state.came);
      state.answers = a.number(state.answers);
    }
    this.status = a.number(this.status);
  }

  /** Draws the number of matching commands before the rule's next answer. */
  #draw(rule: HostRule): number {
    const gap = rule.fraction < 1 ? geometric(rule.fraction, this.#random) : 0;
    return (gap + 1) * rule.every - 1;
  }
}

function applies(state: RuleState, nowUs: number): boolean {
  return state.left > 0 && nowUs >= state.rule.fromUs && nowUs < state.rule.untilUs;
}

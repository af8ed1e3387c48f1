import { geometric, type Random } from "../random/stream.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { HostCommand, HostRule } from "../trace/types.ts";

/** Index of the command of a run that a rule answers when none does. */
const NONE = Number.POSITIVE_INFINITY;

interface RuleState {
  readonly rule: HostRule;
  /** Answers that it has left. */
  left: number;
  /** Matching commands that it lets pass before its next answer. */
  pass: number;
}

/**
 * The rules of a trace for the host's answers. Asked about a run of commands they say which is the first that is not
 * answered with success; the cost goes with the answers, not with the commands.
 */
export class HostRules implements Archived {
  readonly #states: RuleState[];
  readonly #random: Random;
  /** Status of the answer that `first` found. */
  status = 0;

  constructor(rules: readonly HostRule[], random: Random) {
    this.#random = random;
    this.#states = rules.map((rule) => ({ rule, left: rule.count, pass: 0 }));
    for (const state of this.#states) state.pass = this.#draw(state.rule);
  }

  /** Whether a rule for the command applies at this time. */
  active(command: HostCommand, nowUs: number): boolean {
    return this.#states.some((s) => s.rule.command === command && applies(s, nowUs));
  }

  /** When a rule for the command begins to apply next, after now; Infinity if none will. */
  nextBeginUs(command: HostCommand, nowUs: number): number {
    let next = Number.POSITIVE_INFINITY;
    // None of those that begin later has answered anything yet.
    for (const { rule } of this.#states) {
      if (rule.command === command && rule.fromUs > nowUs) next = Math.min(next, rule.fromUs);
    }
    return next;
  }

  /**
   * Which of the next `count` commands is the first that a rule answers, counted from 0; `count` if none is. Its status
   * is then in `status`. The commands before it and it itself count as given.
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
      if (answered && state === winner) {
        state.left--;
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

  /** The stream of random numbers is its owner's. */
  archive(a: Archive): void {
    for (const state of this.#states) {
      state.left = a.number(state.left);
      state.pass = a.number(state.pass);
    }
    this.status = a.number(this.status);
  }

  /** Commands that pass before a rule answers: none, each n-th, or as drawn. */
  #draw(rule: HostRule): number {
    const gap = rule.fraction < 1 ? geometric(rule.fraction, this.#random) : 0;
    return (gap + 1) * rule.every - 1;
  }
}

function applies(state: RuleState, nowUs: number): boolean {
  return state.left > 0 && nowUs >= state.rule.fromUs && nowUs < state.rule.untilUs;
}

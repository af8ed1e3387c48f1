/** The commands and the display of a walk through a run. */
import { InputError } from "../../common/errors.ts";
import { escapeUnsafe, quote } from "../../common/quote.ts";
import { formatSize } from "../../common/units.ts";
import type { RunView } from "../view/types.ts";
import type { Stepper } from "./stepper.ts";
import { seekTime } from "./time-seek.ts";
import { parseUntil, type Until } from "./until.ts";
import { waitWords } from "./waits.ts";

/** One command, as `parseCommands` accepts it: a letter, for some commands with a number before it. */
export interface Command {
  readonly letter: string;
  readonly count: number | null;
}

export const HELP = [
  "n      next event                 b      previous event",
  "c      end of the next cycle      C      end of the previous cycle",
  "90g    go to 90 s                 200e   go to event 200",
  "u      until the condition is met again, a stall if none was given",
  "until free<50MiB   until a condition is met: stall, kill, reset, failure (of an allocation), a time, or a comparison of a column",
  "s      all figures            S      the driver's statistics text",
  "h, ?   this help              q      quit",
  "A number before n, b, c, C or u is a repeat count: 10n.",
];

const COMMAND = /^(?:(\d+(?:\.\d+)?)?([a-zA-Z])|help|\?)/;
/** Commands with a repeat count, and those without a number. */
const REPEATED = "nbcCu";
const PLAIN = "sShq";

/**
 * Parses the commands of a line: words of one or more commands.
 * @throws {InputError} without a place, for the first word that has another command, or a number that does not fit
 */
export function parseCommands(text: string): Command[] {
  return (text.match(/\S+/g) ?? []).flatMap(parseWord);
}

function parseWord(word: string): Command[] {
  const commands: Command[] = [];
  for (let rest = word; rest !== ""; ) {
    const [written, count, letter = "h"] = COMMAND.exec(rest === "help" ? "?" : rest) ?? [""];
    const command = { letter, count: count === undefined ? null : Number(count) };
    const problem = written === "" ? UNKNOWN : problemOf(command);
    if (problem !== null) throw new InputError(`${quote(word)}: ${problem}`);
    commands.push(command);
    rest = rest === "help" ? "" : rest.slice(written.length);
  }
  return commands;
}

const UNKNOWN = "unknown command (h lists them)";

/** What is wrong with a command; null: nothing. */
function problemOf({ letter, count }: Command): string | null {
  if (letter === "g") return count === null ? "g needs a number: 90g goes to 90 s" : null;
  if (letter === "e") {
    if (count === null) return "e needs a number: 200e goes to event 200";
    return Number.isInteger(count) ? null : "e needs a whole number, such as 200e";
  }
  if (PLAIN.includes(letter)) return count === null ? null : `${letter} takes no number`;
  if (!REPEATED.includes(letter)) return UNKNOWN;
  return count === null || (Number.isInteger(count) && count > 0)
    ? null
    : `expected a whole number from 1 on before ${letter}`;
}

/** A displayed figure: its name, its value, and whether it counts pages. */
type Shown = readonly [name: string, read: (view: RunView) => number, isPages: boolean];

/** The displayed figures of a run: the driver's, and those of the guest, as far as it has them. */
const shownOf = ({ policy: { columns }, trace: { guest } }: RunView): readonly Shown[] => [
  ["host wants", (v) => v.host.target, true],
  ["target", (v) => v.balloon.target, true],
  ["size", (v) => v.balloon.size, true],
  ["locked", (v) => v.host.locked, true],
  ...columns
    .filter(({ isDefault, kind }) => isDefault && kind === "level")
    .map(({ name, unit, read }): Shown => [name, (v) => read(v.balloon.state), unit === "pages"]),
  ["refused", (v) => v.balloon.held, true],
  ["free", (v) => v.guest.free, true],
  ["min", (v) => v.guest.watermarkMin, true],
  ["low", (v) => v.guest.watermarkLow, true],
  ["high", (v) => v.guest.watermarkHigh, true],
  ["kernel", (v) => v.guest.kernel, true],
  ["anon", (v) => v.guest.anon, true],
  ...(guest.thp === "always" ? HUGE : []),
  ["cache", (v) => v.guest.cache, true],
  ["dirty", (v) => v.guest.dirty, true],
  ["swap", (v) => v.guest.swap, true],
  ...(guest.swap > 0 ? [SWAP_CACHED] : []),
  ["stall_some_us", (v) => v.guest.psiSomeUs, false],
  ["stall_full_us", (v) => v.guest.psiFullUs, false],
  ["workload_us", (v) => v.guest.workloadStallUs, false],
  ["driver_us", (v) => v.guest.balloonStallUs, false],
  ["stalls", (v) => v.guest.allocStalls, false],
  ["refaults", (v) => v.guest.refaults, false],
  ["oom_kills", (v) => v.guest.oomKills, false],
];

const HUGE: readonly Shown[] = [
  ["free_huge", (v) => v.guest.freeHuge, true],
  ["anon_huge", (v) => v.guest.hugeAnon, true],
];
const SWAP_CACHED: Shown = ["swap_cached", (v) => v.guest.swapCached, true];

const ACTOR_WIDTH = 16;
/** Width of the names in the list of all figures. */
const NAME_WIDTH = 14;

/** How often a condition was met before the run was over. */
function missText(met: number, times: number, wasMetBefore: boolean): string {
  if (met > 0) return `was met ${met} of ${times} times`;
  return `was not met${wasMetBefore ? " again" : ""}`;
}

/** Where a search begins, in words; empty for the beginning of the run. */
const placeOf = ({ position, simulation }: Stepper): string =>
  position === 0 ? "" : ` after ${(simulation.view.timeUs / 1e6).toFixed(6)} s`;

/** Executes commands on a stepper and prints its position. */
export class Walk {
  readonly #stepper: Stepper;
  readonly #say: (line: string) => void;
  readonly #shown: readonly Shown[];
  #last: Float64Array;
  #until: Until | null = null;
  /** Whether the condition has been met in this walk. */
  #wasMet = false;

  constructor(stepper: Stepper, say: (line: string) => void) {
    this.#stepper = stepper;
    this.#say = say;
    this.#shown = shownOf(stepper.simulation.view);
    this.#last = this.#read();
  }

  /** Executes a command; false if it is quit. */
  obey({ letter, count }: Command): boolean {
    const times = count ?? 1;
    if (letter === "q") return false;
    if (letter === "n") this.#forward(times);
    else if (letter === "b") this.#go(Math.max(0, this.#stepper.position - times));
    else if (letter === "c") this.#cycles(times);
    else if (letter === "C") this.#cyclesBack(times);
    else if (letter === "g" && count !== null) this.#goToTime(count * 1e6);
    else if (letter === "e" && count !== null) this.#go(count);
    else if (letter === "u") this.#goUntil(times);
    else if (letter === "s") this.#state();
    else if (letter === "S") this.#statistics();
    else for (const line of HELP) this.#say(line);
    return true;
  }

  /**
   * Goes on until a condition is met.
   * @param place what names it, for messages
   * @throws {InputError} if it is none
   */
  until(condition: string, place: string): void {
    this.#until = parseUntil(condition, this.#stepper.simulation.view.policy, place);
    this.#wasMet = false;
    this.#goUntil(1, true);
  }

  /** Prints the current position. */
  show(): void {
    const { position, actor, simulation } = this.#stepper;
    const { view } = simulation;
    const now = this.#read();
    const changes = this.#shown.flatMap(([name, , isPages], i) => {
      const [before, after] = [this.#last[i] as number, now[i] as number];
      return before === after ? [] : [`${name} ${before} -> ${after}${isPages ? sizeText(after) : ""}`];
    });
    this.#last = now;
    const waits = view.balloon.waitsFor;
    const others = waitWords(simulation.parts.guest.waits, view);
    const place = `#${position}  ${(view.timeUs / 1e6).toFixed(6)} s  ${actor.padEnd(ACTOR_WIDTH)}`;
    this.#say(
      `${place}${[...changes, ...(waits === null ? [] : [`(waits: ${waits})`]), ...(others.length === 0 ? [] : [`[${escapeUnsafe(others.join(", "))}]`])].join("  ")}`.trimEnd(),
    );
  }

  #forward(times: number): void {
    for (let i = 0; i < times; i++) {
      if (!this.#stepper.forward()) return this.#say("the run is over");
      this.show();
    }
  }

  /** Goes to the next event at which the condition is met: that after which it holds, and before which it did not. */
  #goUntil(times: number, isNew = false): void {
    const stepper = this.#stepper;
    this.#until ??= parseUntil("stall", stepper.simulation.view.policy, "u");
    const { level } = this.#until;
    const begin = placeOf(stepper);
    const heldBefore = level(stepper.simulation) > 0;
    // A condition that holds at the beginning is met there.
    const holdsFirst = isNew && stepper.position === 0 && heldBefore;
    let met = holdsFirst ? 1 : 0;
    let before = level(stepper.simulation);
    while (met < times && stepper.forward()) {
      const now = level(stepper.simulation);
      if (now > before) met++;
      before = now;
    }
    this.show();
    const condition = escapeUnsafe(this.#until.text);
    if (holdsFirst) this.#say(`${condition} holds from the start`);
    if (met < times)
      this.#say(`the run is over: ${condition} ${missText(met, times, heldBefore || this.#wasMet)}${begin}`);
    this.#wasMet ||= met > 0;
  }

  #go(position: number): void {
    this.#stepper.seek(position);
    this.show();
  }

  #cycles(times: number): void {
    const goal = this.#endedCycles() + times;
    while (this.#endedCycles() < goal && this.#stepper.forward());
    this.show();
  }

  /** Goes back to the event that ended an earlier cycle, which is found by going back in growing steps. */
  #cyclesBack(times: number): void {
    const goal = Math.max(0, this.#endedCycles() - times);
    let from = this.#stepper.position;
    for (let step = 16; this.#endedCycles() > goal || (goal === 0 && from > 0); step *= 2) {
      from = Math.max(0, from - step);
      this.#stepper.seek(from);
      if (from === 0) break;
    }
    while (this.#endedCycles() < goal && this.#stepper.forward());
    this.show();
  }

  /** Number of cycles that have ended. */
  #endedCycles(): number {
    const { view } = this.#stepper.simulation;
    const runs = view.balloon.waitsFor !== null;
    return view.cycle.number - (runs && view.cycle.number > 0 ? 1 : 0);
  }

  #goToTime(us: number): void {
    for (const _ of seekTime(this.#stepper, us));
    this.show();
  }

  #state(): void {
    const { parts, view } = this.#stepper.simulation;
    const now = this.#read();
    this.#shown.forEach(([name, , isPages], i) => {
      const value = now[i] as number;
      this.#say(`  ${name.padEnd(NAME_WIDTH)}${String(value).padStart(10)}${isPages ? sizeText(value) : ""}`);
    });
    for (const words of waitWords(parts.guest.waits, view)) this.#say(`  ${escapeUnsafe(words)}`);
  }

  /** Prints what the guest's debugfs file would show now. */
  #statistics(): void {
    const { policy, balloon } = this.#stepper.simulation.view;
    const text = policy.statistics?.(balloon.state);
    if (text === undefined) return this.#say(`${policy.name} has no statistics text`);
    for (const line of text.trimEnd().split("\n")) this.#say(line);
  }

  #read(): Float64Array {
    const { view } = this.#stepper.simulation;
    return Float64Array.from(this.#shown, ([, read]) => read(view));
  }
}

const sizeText = (pages: number): string => (pages === 0 ? "" : ` (${formatSize(pages)})`);

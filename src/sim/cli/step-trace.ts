import { createInterface, emitKeypressEvents } from "node:readline";
import { print, warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { ratesOf } from "../../common/rates.ts";
import { ignoredRulesRemarkOf } from "../output/caveats.ts";
import { Stepper } from "../step/stepper.ts";
import { parseUntil } from "../step/until.ts";
import { HELP, parseCommands, Walk } from "../step/walk.ts";
import { STDIN } from "../trace/input.ts";
import { openTrace } from "../trace/open.ts";
import { applyWhatIf } from "../trace/what-if.ts";
import { driverOf, driversIn, noteReplacedDrivers } from "./driver-of-traces.ts";
import { givenDriver } from "./given-driver.ts";
import { parseWhatIf } from "./what-if-options.ts";

/** The options of `balloon-sim step` as the command line gives them. */
export interface StepOptions {
  readonly driver?: string;
  readonly rates?: string;
  readonly set?: string[];
  readonly machine?: string;
  readonly until?: string;
}

/** Executes `balloon-sim step`: reads commands from keys, or from lines of standard input. */
export async function stepTrace(trace: string, options: StepOptions): Promise<void> {
  if (trace === STDIN) throw new InputError("step: the trace can't be standard input (-), which has the commands");
  const given = givenDriver(options);
  const { named, failed } = driversIn(given.name, [trace]);
  const [bad] = failed;
  if (bad !== undefined) throw bad.error;
  const policy = driverOf(given.name, named);
  const rates = ratesOf(policy, given.rates, options.set);
  const whatIf = parseWhatIf(options.machine === undefined ? {} : { machine: options.machine });
  const stepper = new Stepper(() => applyWhatIf(openTrace(trace), whatIf, trace), { policy, rates });
  try {
    if (options.until !== undefined) parseUntil(options.until, policy, "--until");
    const { driver } = stepper.simulation.view.trace.guest;
    noteReplacedDrivers(given.by ?? "--driver", [policy.name], [{ trace, driver }]);
    const remark = ignoredRulesRemarkOf(stepper.simulation.view);
    if (remark !== null) warn(`balloon-sim: note: ${escapeUnsafe(trace)}: ${remark}`);
    const walk = new Walk(stepper, (line) => print(`${line}\n`));
    if (options.until === undefined) walk.show();
    else walk.until(options.until, "--until");
    if (process.stdin.isTTY === true) await byKeys(walk);
    else await byLines(walk);
  } finally {
    stepper.close();
  }
}

/** @throws {InputError} naming the command and what it does not know */
function commandsOf(line: string) {
  try {
    return parseCommands(line);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`step: ${error.message}`) : error;
  }
}

/** An empty line is the command `n`. */
async function byLines(walk: Walk): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    const until = /^\s*until\s+(.*)$/.exec(line)?.[1];
    if (until !== undefined) {
      walk.until(until, "step: until");
      continue;
    }
    const commands = commandsOf(line);
    for (const command of commands.length === 0 ? [{ letter: "n", count: null }] : commands) {
      if (!walk.obey(command)) return lines.close();
    }
  }
}

interface Key {
  readonly name?: string;
  readonly sequence?: string;
  readonly ctrl?: boolean;
}

const NAMED: Readonly<Record<string, string>> = { right: "n", space: "n", return: "n", left: "b", down: "c", up: "C" };

/** At a terminal, what can't be obeyed is said, and the walk goes on. */
function orSay<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    print(`${error.message}\n`);
    return null;
  }
}

/** What has been typed of a condition after a key; null: it is complete and has been obeyed, or it is given up. */
function typedAfter(walk: Walk, typed: string, text: string, { name }: Key): string | null {
  if (name === "escape") {
    print("\n");
    return null;
  }
  if (name === "return" || name === "enter") {
    print("\n");
    orSay(() => walk.until(typed.replace(/^\s*until\s+/, ""), "until"));
    return null;
  }
  if (name === "backspace") {
    if (typed !== "") print("\b \b");
    return typed.slice(0, -1);
  }
  if (!/^[ -~]$/.test(text)) return typed;
  print(text);
  return typed + text;
}

/** Reads keys; the arrow keys stand for commands. */
function byKeys(walk: Walk): Promise<void> {
  for (const line of [...HELP, "Arrows: right n, left b, down c, up C. A colon, a condition and Enter: until."])
    print(`${line}\n`);
  const { stdin } = process;
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  return new Promise((resolve, reject) => {
    let digits = "";
    /** The condition that is being typed; null: none is. */
    let typed: string | null = null;
    const end = (error?: unknown) => {
      stdin.setRawMode(false);
      stdin.pause();
      if (error === undefined) resolve();
      else reject(error);
    };
    stdin.on("keypress", (text: string | undefined, key: Key) => {
      if (key.ctrl === true && (key.name === "c" || key.name === "d")) return end();
      if (typed !== null) {
        typed = typedAfter(walk, typed, text ?? "", key);
        return;
      }
      if (text === ":") {
        print("until ");
        typed = "";
        return;
      }
      if (text !== undefined && /^[\d.]$/.test(text)) {
        digits += text;
        return;
      }
      const letter = NAMED[key.name ?? ""] ?? (/^[!-~]$/.test(text ?? "") ? text : "");
      // A key without a letter gives up a number.
      const command = letter === "" ? "" : digits + letter;
      digits = "";
      try {
        const commands = orSay(() => parseCommands(command)) ?? [];
        for (const one of commands) if (!walk.obey(one)) return end();
      } catch (error) {
        end(error);
      }
    });
  });
}

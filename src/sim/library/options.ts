/** Options that several functions of the library have. */
import { timeOption, wholeNumberOption } from "../../common/cli/option-values.ts";
import { InputError } from "../../common/errors.ts";
import type { Us } from "../../common/units.ts";
import { MAX_TRIALS, MAX_WORKERS, MAX_WORLDS } from "../cli/limits.ts";

/** A driver and its constants. */
export interface DriverOptions {
  /** Balloon driver of the guests, such as `vmw-balloon`; default: the one that a trace names, or `vmmemctl`. */
  readonly driver?: string;
  /** File with constants of the driver, as `balloon-sim rates --json` writes it. */
  readonly rates?: string;
  /**
   * Values to set, in the words of the command line: constants of the driver (`alloc-max=4096`), and of hosts what `--set` takes
   * there (`host.memory=96GiB`). Of `tune`, ranges to search (`alloc-max=512..16384`).
   */
  readonly set?: readonly string[];
}

/** Changes to traces, see docs/what-if.md. */
export interface WhatIfChoice {
  /** The host's target instead of the trace's: `2GiB`, `30%`, `0..30%/60s`, or a file. */
  readonly target?: string;
  /** The guest's machine instead of the trace's: a name or a file. */
  readonly machine?: string;
  /** Beginning and end within the trace, such as `2h`. */
  readonly since?: string;
  /** End within the trace, such as `4h`; default: its own. */
  readonly until?: string;
}

/** Where runs are executed. */
export interface WorkOptions {
  /** Number of threads; default: one for each processor. Results do not depend on it. */
  readonly workers?: number;
}

/** Names of the options above, for checkOptions. */
export const DRIVER_NAMES = ["driver", "rates", "set"] as const satisfies readonly (keyof DriverOptions)[];
export const WHAT_IF_NAMES = ["target", "machine", "since", "until"] as const satisfies readonly (keyof WhatIfChoice)[];

/** Omits members without a value: options of commands are there or not. */
type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The members that have a value. */
export const given = <T extends object>(options: T): Given<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;

/** The times of a what-if in microseconds. @throws {InputError} naming the option */
export const timesOf = ({ since, until }: WhatIfChoice): { readonly since?: Us; readonly until?: Us } =>
  given({
    since: since === undefined ? undefined : timeOption("since", since),
    until: until === undefined ? undefined : timeOption("until", until),
  }) as { readonly since?: Us; readonly until?: Us };

/** A copy of a list, or undefined: commands get lists that they may keep. */
export const listOf = (values: readonly string[] | undefined): string[] | undefined =>
  values === undefined ? undefined : [...values];

/** Numbers, each from 1 to this, as on the command line. */
const COUNTS: Readonly<Record<string, number>> = {
  worlds: MAX_WORLDS,
  judgeWorlds: MAX_WORLDS,
  trials: MAX_TRIALS,
  workers: MAX_WORKERS,
};

/**
 * Refuses option names that a caller without types has misspelt, and numbers of things that can't be.
 * @throws {InputError}
 */
export function checkOptions(options: object, known: readonly string[], of: string): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InputError(`${of}: there is no option ${JSON.stringify(unknown)} (there are ${known.join(", ")})`);
  for (const [name, value] of Object.entries(options)) {
    const max = COUNTS[name];
    if (max !== undefined && value !== undefined) wholeNumberOption(`${of}: ${name}`, String(value), max);
  }
}

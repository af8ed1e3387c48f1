import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { formatTime, type Us } from "../../common/units.ts";
import { bundledMachine, isMachinePath, machineText, parseMachine, unknownMachine } from "../trace/machines.ts";
import { readTarget } from "../trace/target-text.ts";
import type { MachineText, WhatIf } from "../trace/what-if.ts";

/** The options that change traces. */
export interface WhatIfOptions {
  readonly target?: string;
  readonly machine?: string;
  /** Times of the trace, in microseconds. */
  readonly since?: Us;
  readonly until?: Us;
}

/**
 * The changes by `--target`, `--machine`, `--since` and `--until`.
 * @throws {InputError}
 */
export function parseWhatIf({ target, machine, since: sinceUs = 0, until }: WhatIfOptions): WhatIf {
  const untilUs = until ?? null;
  if (untilUs !== null && sinceUs > 0 && untilUs <= sinceUs) {
    throw new InputError(
      `--until ${formatTime(untilUs)}: expected a time after --since ${formatTime(sinceUs)}; both count from the trace's beginning`,
    );
  }
  if (target?.startsWith("policy:")) {
    throw new InputError(`--target ${target}: a policy needs a log: use it with balloon-sim import`);
  }
  return {
    target: target === undefined ? null : readTarget(target),
    sinceUs,
    untilUs,
    ...(machine === undefined ? {} : { machine: readMachine(machine) }),
  };
}

/**
 * The machine that an option names: one of the package, or a file.
 * @param option that names it
 * @throws {InputError} if it is neither
 */
export function readMachine(written: string, option = "--machine"): MachineText {
  const shown = `${option} ${escapeUnsafe(written)}`;
  const bundled = bundledMachine(written);
  if (bundled !== null) return { written, content: machineText(bundled) };
  if (!isMachinePath(written)) throw new InputError(`${shown}: ${unknownMachine(written).message}`);
  return { written, content: machineText(parseMachine(readTextFile(written, shown), shown)) };
}

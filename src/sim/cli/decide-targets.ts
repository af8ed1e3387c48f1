import { print, warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { escapeUnsafe, safeJson } from "../../common/quote.ts";
import type { Bytes, Us } from "../../common/units.ts";
import { type HostState, parseHostState } from "../hosts/host-state.ts";
import { STEP_ROUNDS } from "../hosts/limits.ts";
import { paramsInSets } from "../hosts/params.ts";
import { type Round, roundsOf } from "../hosts/rounds.ts";
import type { TargetPolicy } from "../hosts/target-policy.ts";
import { STDIN, shownInput } from "../trace/input.ts";
import { openInput } from "../trace/input-file.ts";

/** The options of `balloon-sim host-policy NAME` as the command line gives them. */
export interface HostPolicyOptions {
  readonly state?: string;
  readonly rounds?: number;
  readonly step?: Us;
  readonly set?: string[];
}

/** Executes `balloon-sim host-policy NAME`. */
export function decideTargets(policy: TargetPolicy, { state, rounds, step, set = [] }: HostPolicyOptions): void {
  if (state === undefined) {
    throw new InputError(
      `host-policy ${policy.name}: --state is missing, such as: balloon-sim host-policy ${policy.name} --state host.json`,
    );
  }
  const file = parseHostState(textOf(state), shownInput(state), policy, paramsInSets(set));
  if (step !== undefined && file.states.length > 1) {
    throw new InputError(`--step: moves the VMs of one state, but ${shownInput(state)} has ${file.states.length}`);
  }
  const stepUs = step ?? null;
  const most = rounds ?? (stepUs === null ? file.states.length : STEP_ROUNDS);
  if (file.states.length > 1 && most > file.states.length) {
    warn(
      `balloon-sim: ${shownInput(state)} has ${file.states.length} states: round ${file.states.length + 1} and later ones go on ` +
        "from what the round before has made of the last one",
    );
  }
  const small = smallSize(file.states);
  if (small !== null) warn(`balloon-sim: warning: ${shownInput(state)}: ${small}`);
  print(roundsText(roundsOf(policy, file, { rounds: most, stepUs }), stepUs !== null));
}

/**
 * No machine has less memory. A smaller size that is a multiple of 256, as memories in MiB are, lacks its unit; others are those of a
 * state that was made up, in small numbers.
 */
const LEAST_MEMORY: Bytes = 2 ** 20;
const MIB_STEP = 256;

/** A remark about the first host or VM whose memory is so small that its unit may be missing; null: there is none. */
function smallSize(states: readonly HostState[]): string | null {
  for (const { host, vms } of states) {
    const sizes = [
      { of: "the host", bytes: host.memory },
      ...vms.map(({ name, max, size }) => ({ of: escapeUnsafe(name), bytes: max ?? size })),
    ];
    const small = sizes.find(({ bytes = 0 }) => bytes > 0 && bytes < LEAST_MEMORY && bytes % MIB_STEP === 0);
    if (small === undefined) continue;
    return `${small.of} has ${small.bytes} bytes of memory: a size without a unit is a number of bytes: did you mean "${small.bytes}MiB"?`;
  }
  return null;
}

function textOf(path: string): string {
  if (path !== STDIN) return readTextFile(path, `--state ${escapeUnsafe(path)}`);
  const input = openInput(STDIN);
  try {
    return input.rest();
  } finally {
    input.close();
  }
}

/** A JSON array with a line for each round. */
const roundsText = (rounds: readonly Round[], withTimes: boolean): string =>
  `[${rounds.map((round) => safeJson(roundObject(round, withTimes))).join(",\n ")}]\n`;

function roundObject(round: Round, withTimes: boolean): object {
  const { state, hostSwap, blocked, ending } = round;
  return {
    round: round.round,
    ...(withTimes ? { time_s: round.atUs / 1e6 } : {}),
    ...(state === undefined ? {} : { state }),
    targets: Object.fromEntries(round.targets),
    ...(hostSwap.size === 0 ? {} : { host_swap: Object.fromEntries(hostSwap) }),
    ...(blocked.length === 0 ? {} : { blocked }),
    ...(ending ?? {}),
  };
}

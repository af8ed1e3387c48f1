/** What the page of hosts shows: a host with its changes; in the page's address, too. */

import { fileArgument, shellLine } from "../../../../common/shell-line.ts";
import type { Pages } from "../../../../common/units.ts";
import type { HostRequest } from "../../hosts/protocol.ts";
import { pairsText } from "../address-fields.ts";
import { encode, exactSize } from "../state.ts";

/** What is run. */
export interface HostState {
  /** Key of a host of the page: its name on the command line. */
  readonly host: string;
  /** Null: that of the file. */
  readonly policy: string | null;
  /** Values of the policy's parameters as `--set` takes them, those that are not its own, by name. */
  readonly params: Readonly<Record<string, string>>;
  /** Memory and swap of the host; null: those of the file. */
  readonly memory: Pages | null;
  readonly swap: Pages | null;
  /** The balloon driver of all VMs, and values that are not its own; null: those of the file. */
  readonly driver: string | null;
  readonly rates: Readonly<Record<string, number>>;
}

/** What is kept in the address: what is shown, and what it is compared with. */
export interface HostView {
  readonly shown: HostState;
  /** Null: the host as in its file. */
  readonly pinned: HostState | null;
}

/** A host as in its file. */
export const plainHost = (host: string): HostState => ({
  host,
  policy: null,
  params: {},
  memory: null,
  swap: null,
  driver: null,
  rates: {},
});

/** The values of `--set` that make a state. @param ownPolicy the policy of the file */
function setsOf({ policy, params, memory, swap, rates }: HostState, ownPolicy: string): string[] {
  return [
    ...(memory === null ? [] : [`host.memory=${exactSize(memory)}`]),
    ...(swap === null ? [] : [`host.swap.size=${exactSize(swap)}`]),
    ...sorted(params).map(([name, value]) => `host.${policy ?? ownPolicy}.${name}=${value}`),
    ...sorted(rates).map(([name, value]) => `vms.*.rates.${name}=${value}`),
  ];
}

const sorted = <T>(values: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));

/** A run of a state. */
export const requestOf = (state: HostState, ownPolicy: string): HostRequest => ({
  host: state.host,
  policy: state.policy,
  // As `--driver` on the command line, before all others.
  sets: [...(state.driver === null ? [] : [`vms.*.driver=${state.driver}`]), ...setsOf(state, ownPolicy)],
});

/** The command that prints the summary of a state. */
export const commandOf = (state: HostState, ownPolicy: string): string =>
  shellLine([
    "balloon-sim",
    "host",
    fileArgument(state.host),
    ...(state.policy === null ? [] : ["--policy", state.policy]),
    ...(state.driver === null ? [] : ["--driver", state.driver]),
    ...setsOf(state, ownPolicy).flatMap((set) => ["--set", set]),
  ]);

/** Whether two states make the same run. */
export const areEqual = (a: HostState, b: HostState): boolean => encodeState(a) === encodeState(b);

/** The fields of an address, without those that change nothing. */
const encodeState = ({ host, policy, params, memory, swap, driver, rates }: HostState): string =>
  encode({
    host,
    policy,
    set: pairsText(params),
    memory: memory === null ? null : exactSize(memory),
    swap: swap === null ? null : exactSize(swap),
    driver,
    rates: pairsText(rates),
  });

/** The fragment of a view's address, without `#`. */
export const encodeHostView = ({ shown, pinned }: HostView): string =>
  [encodeState(shown), encode({ pin: pinned === null ? null : encodeState(pinned) })]
    .filter((part) => part !== "")
    .join("&");

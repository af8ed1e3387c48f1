/** What the page of hosts shows: a host with its changes; in the page's address, too. */

import { fileArgument, shellLine } from "../../../../common/shell-line.ts";
import type { Pages } from "../../../../common/units.ts";
import type { HostDriverModel } from "../../hosts/model.ts";
import type { HostFacts, HostRequest } from "../../hosts/protocol.ts";
import { pairsText } from "../address-fields.ts";
import { encode, exactSize, ownKeyOf } from "../state.ts";

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

/** What is kept in the address: what is shown, what it is compared with, and the cursor. */
export interface HostView {
  readonly shown: HostState;
  /** Null: the host as in its file. */
  readonly pinned: HostState | null;
  /** Time of the cursor, in seconds; null: at the end of the run. */
  readonly at: number | null;
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

/** The file of a host as the command line names it: one of the reader with the name of one of the page has a key of its own. */
export const fileNameOf = (host: string): string =>
  host.startsWith(ownKeyOf("")) ? host.slice(ownKeyOf("").length) : host;

/** What decides, beside a state, which options make it. */
export interface HostBasis extends Pick<HostFacts, "policy" | "hasRates"> {
  /** The drivers that the page has. */
  readonly drivers: readonly HostDriverModel[];
}

/** The values of `--set` that make a state. */
function setsOf(state: HostState, basis: HostBasis): string[] {
  const { policy, params, memory, swap } = state;
  return [
    ...(memory === null ? [] : [`host.memory=${exactSize(memory)}`]),
    ...(swap === null ? [] : [`host.swap.size=${exactSize(swap)}`]),
    ...sorted(params).map(([name, value]) => `host.${policy ?? basis.policy}.${name}=${value}`),
    ...sorted(ratesOf(state, basis)).map(([name, value]) => `vms.*.rates.${name}=${value}`),
  ];
}

/** The constants to set. Where VMs of the file have some, which would stay with the chosen driver, all are set. */
function ratesOf({ driver, rates }: HostState, { hasRates, drivers }: HostBasis): HostState["rates"] {
  const chosen = hasRates ? drivers.find(({ name }) => name === driver) : undefined;
  const own = (chosen?.params ?? []).map((param) => [param.name, param.default] as const);
  return { ...Object.fromEntries(own), ...rates };
}

const sorted = <T>(values: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));

/** A run of a state. */
export const requestOf = (state: HostState, basis: HostBasis): HostRequest => ({
  host: state.host,
  policy: state.policy,
  // As `--driver` on the command line, before all others.
  sets: [...(state.driver === null ? [] : [`vms.*.driver=${state.driver}`]), ...setsOf(state, basis)],
});

/** The command that prints the summary of a state. */
export const commandOf = (state: HostState, basis: HostBasis): string =>
  shellLine([
    "balloon-sim",
    "host",
    fileArgument(fileNameOf(state.host)),
    ...(state.policy === null ? [] : ["--policy", state.policy]),
    ...(state.driver === null ? [] : ["--driver", state.driver]),
    ...setsOf(state, basis).flatMap((set) => ["--set", set]),
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
export const encodeHostView = ({ shown, pinned, at }: HostView): string =>
  [encodeState(shown), encode({ pin: pinned === null ? null : encodeState(pinned), at })]
    .filter((part) => part !== "")
    .join("&");

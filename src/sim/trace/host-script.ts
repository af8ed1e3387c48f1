import { InputError } from "../../common/errors.ts";
import { randomStream } from "../random/stream.ts";
import { type CapabilityName, capabilityNames } from "./sections/host.ts";
import {
  type Change,
  type HostCommand,
  type HostRule,
  type HostSpec,
  SERIES_TARGET,
  type TraceSource,
} from "./types.ts";

/** Maximum number of rules of an emulated host. */
const MAX_RULES = 200;

/** What an emulated host does not have: the daemon uses no doorbell. */
const OTHER_COMMAND: HostCommand = "doorbell-set";
const OTHER_CAPABILITY: CapabilityName = "doorbell";

/**
 * The host of a trace as a script for `balloon-hw emulate` and the strict host: its capabilities, and a line for each change
 * of the target and for each rule. Reads the trace to its end.
 * @throws {InputError} if the trace is malformed, or a script can't express its host
 */
export function hostScript(source: TraceSource): string {
  const { seed, host } = source.trace;
  if (host.rules.length > MAX_RULES) {
    throw new InputError(`${host.rules.length} rules for the host; an emulated host follows at most ${MAX_RULES}`);
  }
  const lines = ["balloon-host 1"];
  const capabilities = capabilityNames(host.capabilities).filter((name) => name !== OTHER_CAPABILITY);
  if (capabilities.length > 0) lines.push(`capabilities ${capabilities.join(" ")}`);
  if (host.rules.some((rule) => rule.fraction < 1)) {
    lines.push(`seed ${Math.floor(randomStream(seed, "emulated host")() * Number.MAX_SAFE_INTEGER)}`);
  }
  const change: Change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  while (source.next(change)) {
    // While the target is unknown, the host keeps the last one.
    if (change.series === SERIES_TARGET && !Number.isNaN(change.value)) lines.push(targetLine(change));
  }
  const rules = host.rules.filter(({ command }) => command !== OTHER_COMMAND);
  return `${[...lines, ...rules.map(ruleLine)].join("\n")}\n`;
}

/** What a script leaves out of a host because no script can express it, as a sentence; null: nothing. */
export function leftOutOfScript({ capabilities, rules }: HostSpec): string | null {
  const count = rules.filter(({ command }) => command === OTHER_COMMAND).length;
  const parts = [
    ...(capabilityNames(capabilities).includes(OTHER_CAPABILITY) ? [`the capability ${OTHER_CAPABILITY}`] : []),
    ...(count === 0 ? [] : [`${count} ${count === 1 ? "rule" : "rules"} for ${OTHER_COMMAND}`]),
  ];
  if (parts.length === 0) return null;
  return `the host's script leaves out ${parts.join(" and ")}: emulated hosts have no doorbell, and balloon-hw uses none`;
}

/** Whole pages, as in GET_TARGET; the reader of traces keeps them within the protocol's 32 bits. */
function targetLine({ atUs, value, untilUs, untilValue }: Change): string {
  const from = Math.floor(value);
  return untilUs > atUs ? `ramp ${atUs} ${from} ${untilUs} ${Math.floor(untilValue)}` : `target ${atUs} ${from}`;
}

function ruleLine({ command, fromUs, untilUs, count, every, fraction, status }: HostRule): string {
  const orForever = (value: number): number | "-" => (value === Number.POSITIVE_INFINITY ? "-" : value);
  return `rule ${command} ${fromUs} ${orForever(untilUs)} ${orForever(count)} ${every} ${fraction} ${status}`;
}

import { InputError } from "../../common/errors.ts";
import { randomStream } from "../random/stream.ts";
import { type Change, type HostRule, SERIES_TARGET, type TraceSource } from "./types.ts";

/** Rules that an emulated host can hold. */
const MAX_RULES = 200;

/**
 * The host of a trace as the script that `balloon-hw emulate` and the strict host read: a line for each change of the
 * target and for each rule. The trace is read to its end.
 * @throws {InputError} where the trace is damaged, or its host is more than a script can say
 */
export function hostScript(source: TraceSource): string {
  const { seed, host } = source.trace;
  if (host.rules.length > MAX_RULES) {
    throw new InputError(`${host.rules.length} rules for the host; an emulated host follows at most ${MAX_RULES}`);
  }
  const lines = ["balloon-host 1"];
  if (host.rules.some((rule) => rule.fraction < 1)) {
    lines.push(`seed ${Math.floor(randomStream(seed, "emulated host")() * Number.MAX_SAFE_INTEGER)}`);
  }
  const change: Change = { atUs: 0, series: 0, value: 0, untilUs: 0, untilValue: 0 };
  while (source.next(change)) {
    // Where the trace does not know the target, the host goes on with the one that it has.
    if (change.series === SERIES_TARGET && !Number.isNaN(change.value)) lines.push(targetLine(change));
  }
  return `${[...lines, ...host.rules.map(ruleLine)].join("\n")}\n`;
}

/** Whole pages, as GET_TARGET tells them; the reader of traces keeps them within the protocol's 32 bits. */
function targetLine({ atUs, value, untilUs, untilValue }: Change): string {
  const from = Math.floor(value);
  return untilUs > atUs ? `ramp ${atUs} ${from} ${untilUs} ${Math.floor(untilValue)}` : `target ${atUs} ${from}`;
}

function ruleLine({ command, fromUs, untilUs, count, every, fraction, status }: HostRule): string {
  const orForever = (value: number): number | "-" => (value === Number.POSITIVE_INFINITY ? "-" : value);
  return `rule ${command} ${fromUs} ${orForever(untilUs)} ${orForever(count)} ${every} ${fraction} ${status}`;
}

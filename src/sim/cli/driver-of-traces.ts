import { InputError } from "../../common/errors.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { type BalloonPolicy, DEFAULT_POLICY } from "../../engine/index.ts";
import { STDIN } from "../trace/input.ts";
import { openTrace } from "../trace/open.ts";

/** The driver that a trace names (`guest.driver`), and the trace's name in messages. */
export interface NamedDriver {
  readonly trace: string;
  readonly driver: string | null;
}

/**
 * The driver of a command: the one that `--driver` names, else the one that all its traces name, else the default driver.
 * @param written value of `--driver`; undefined: not given
 * @param named the traces; those that name no driver run with the default one
 * @throws {InputError} if there is no such driver, or the traces name different ones
 */
export function driverOf(written: string | undefined, named: readonly NamedDriver[]): BalloonPolicy {
  if (written !== undefined) return policyNamed(written, "--driver");
  const [first] = named;
  const nameOf = ({ driver }: NamedDriver): string => driver ?? DEFAULT_POLICY.name;
  const other = named.find((one) => first !== undefined && nameOf(one) !== nameOf(first));
  if (first !== undefined && other !== undefined) {
    const words = ({ trace, driver }: NamedDriver) => `${escapeUnsafe(trace)} ${driver ?? "none"}`;
    throw new InputError(
      `$.guest.driver: the traces name different drivers (${words(first)}, ${words(other)}): expected --driver NAME`,
    );
  }
  const driver = first?.driver ?? undefined;
  return policyNamed(driver, `${escapeUnsafe(first?.trace ?? "")}: $.guest.driver`);
}

/** The drivers that traces name. A trace that can't be read names none here: its run has the error. */
export const driversIn = (traces: readonly string[]): NamedDriver[] =>
  traces.filter((trace) => trace !== STDIN).map((trace) => ({ trace, driver: driverIn(trace) }));

function driverIn(trace: string): string | null {
  try {
    const source = openTrace(trace);
    source.close();
    return source.trace.guest.driver;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

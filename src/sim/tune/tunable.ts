import type { BalloonPolicy, ParamSpec } from "../../engine/index.ts";

/** A parameter that a search may vary. */
export interface TunedParam extends ParamSpec {
  /** The values of a range are whole multiples of 1 / `perUnit`; absent: 1, whole numbers. */
  readonly perUnit?: number;
  /**
   * Reads a value of an option; absent: digits.
   * @throws {InputError} without a place
   */
  readonly read?: (text: string) => number;
}

/** What a study tunes: a balloon driver, or that of a host's VMs together with the policy of the host. */
export interface Tunable extends Pick<BalloonPolicy, "name" | "defaults" | "caveat" | "rangeProblem"> {
  readonly params: readonly TunedParam[];
}

import { Option } from "commander";
import { POLICIES } from "../../engine/index.ts";

/** What says which balloon driver runs are of. The help names it once there is a choice. */
export const driverOption = (): Option =>
  new Option("--driver <name>", `balloon driver of the guest: ${[...POLICIES.keys()].join(", ")}`).hideHelp(
    POLICIES.size === 1,
  );

/** What `--rates` and `--set` mean, for the help of every command that takes them. */
export const RATES_OPTION = [
  "--rates <file>",
  "constants of the policy from a JSON file (see: balloon-sim rates --json)",
] as const;
export const SET_OPTION = [
  "--set <name=value>",
  "one constant of the policy, such as alloc-max=4096; repeatable",
] as const;

/** What is changed about traces, in the commands that run them. */
export const TARGET_OPTION = [
  "--target <target>",
  "the host's target instead of the trace's: 2GiB, 30% of the guest's memory, 0..30%/60s, or a file (docs/what-if.md)",
] as const;
export const MACHINE_OPTION = [
  "--machine <machine>",
  "the guest's machine instead of the trace's: server, lab, or a machine file (docs/machines.md)",
] as const;
export const SINCE_OPTION = [
  "--since <time>",
  "begin with the demand that the trace has at this time, such as 2h",
] as const;
export const UNTIL_OPTION = [
  "--until <time>",
  "end at this time of the trace, such as 90 (seconds) or 1h30m, if it does not end before",
] as const;

/** Options of the commands that make many runs. */
export const SEEDS_OPTION = [
  "--seeds <n>",
  'run traces with anything random in them n times, with seeds "1" to "n"',
] as const;
export const WORLDS_OPTION = [
  "--worlds <n>",
  "run each trace in n worlds, whose phases, paces and costs differ a little; world 1 is the trace as written",
] as const;
export const WORKERS_OPTION = [
  "--workers <n>",
  "threads that make runs (default: as many as there are processors); results do not depend on it",
] as const;
export const QUIET_OPTION = ["-q, --quiet", "no progress bar"] as const;

/** For options that may be given several times: collects them in order. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

import { type Command, Option } from "commander";
import { seedOption, timeOption, wholeNumberOption } from "../../common/cli/option-values.ts";
import { POLICIES } from "../../engine/index.ts";
import { MAX_WORKERS, MAX_WORLDS } from "./limits.ts";
import { parseShard } from "./shards/shard.ts";

/** Reads the value of an option. Throws an `InputError` that names the option if the text is invalid. */
type ReadValue<Value> = (option: string, text: string) => Value;

/**
 * An option with a reader of its value: commands get numbers in the units of the simulation, not text.
 * @param flags in the syntax of commander, such as `--for <time>`
 */
export function valueOption<Value>(flags: string, description: string, read: ReadValue<Value>): Option {
  const option = new Option(flags, description);
  return option.argParser((text: string) => read(option.long ?? flags, text));
}

/** Reads a whole number from `min` to `max`. */
export const wholeNumber =
  (max: number, min = 1): ReadValue<number> =>
  (option, text) =>
    wholeNumberOption(option, text, max, min);

/** For options that may be given several times: collects the values in order. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** The option that names the balloon driver of runs. The help lists it if there is more than one driver. */
export const driverOption = (): Option =>
  new Option("--driver <name>", `balloon driver of the guest: ${[...POLICIES.keys()].join(", ")}`).hideHelp(
    POLICIES.size === 1,
  );

/** `--rates` and `--set`, for the help of every command with them. */
export const RATES_OPTION = [
  "--rates <file>",
  "constants of the policy from a JSON file (see: balloon-sim rates --json)",
] as const;
export const SET_OPTION = [
  "--set <name=value>",
  "one constant of the policy, such as alloc-max=4096; repeatable",
] as const;

const TARGET_OPTION = [
  "--target <target>",
  "the host's target instead of the trace's: 2GiB, 30% of the guest's memory, 0..30%/60s, or a file (docs/what-if.md)",
] as const;
export const MACHINE_OPTION = [
  "--machine <machine>",
  "the guest's machine instead of the trace's: server, lab, or a machine file (docs/machines.md)",
] as const;

/** Adds the options that change traces, to commands that run them. */
export const addWhatIfOptions = (command: Command): Command =>
  command
    .option(...TARGET_OPTION)
    .option(...MACHINE_OPTION)
    .addOption(
      valueOption("--since <time>", "begin with the demand that the trace has at this time, such as 2h", timeOption),
    )
    .addOption(
      valueOption(
        "--until <time>",
        "end at this time of the trace, such as 90 (seconds) or 1h30m, if it does not end before",
        timeOption,
      ),
    );

/** Seed of the runs of one trace. */
export const runSeedOption = (): Option =>
  valueOption("--seed <text>", "seed of all random numbers, instead of the trace's", seedOption);

const MAX_SEEDS = 1000;

/** Reads a number of worlds. */
export const worldCount: ReadValue<number> = wholeNumber(MAX_WORLDS);

/** Options of commands that execute many runs. */
export const seedsOption = (): Option =>
  valueOption(
    "--seeds <n>",
    'run traces with anything random in them n times, with seeds "1" to "n"',
    wholeNumber(MAX_SEEDS),
  );
export const worldsOption = (): Option =>
  valueOption(
    "--worlds <n>",
    "run each trace in n worlds, whose phases, paces and costs differ a little; world 1 is the trace as written",
    worldCount,
  );
/** `--policy` of commands for studies, of hosts. */
export const HOST_POLICY_OPTION = [
  "--policy <policy>",
  "of hosts: the policy of all of them, or a module of your own, instead of those in the files",
] as const;
/** `--objectives`, with which a command only lists them. */
export const objectivesOption = (): Option =>
  new Option("--objectives <of>", "list the objectives of traces, of hosts, or of both (help), and end").choices([
    "help",
    "traces",
    "hosts",
  ]);
export const workersOption = (): Option =>
  valueOption(
    "--workers <n>",
    "number of threads (default: number of processors); results do not depend on it",
    wholeNumber(MAX_WORKERS),
  );
export const shardOption = (): Option =>
  valueOption(
    "--shard <k/n>",
    "execute only shard k of n, and write a part for merge instead of the result (docs/scale.md)",
    parseShard,
  );
export const QUIET_OPTION = ["-q, --quiet", "no progress bar"] as const;

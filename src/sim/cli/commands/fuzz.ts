import type { Command } from "commander";
import { periodOption, seedOption } from "../../../common/cli/option-values.ts";
import type { FuzzOptions } from "../fuzz-scenarios.ts";
import { driverOption, valueOption, wholeNumber } from "../options.ts";

const EXAMPLES = `
Scenario n of a seed S has the seed S+n; a failure prints the command that repeats it. Exit status 1: a scenario failed.

Examples:
  $ balloon-sim fuzz                          scenarios from a new seed, for ten seconds
  $ balloon-sim fuzz --seed nightly --for 2h  scenarios for two hours
  $ balloon-sim fuzz --seed 7+123 --runs 1 -o failing/    one scenario again, shrunk if it fails
  $ balloon-sim fuzz --hosts --for 5m         hosts with several VMs`;

const MAX_RUNS = 1_000_000_000;

/** Adds `balloon-sim fuzz`. */
export function register(program: Command): void {
  program
    .command("fuzz")
    .summary("search for errors of the simulator in random scenarios")
    .description(
      "Runs random guests, workloads, hosts and faults, and checks all invariants after every event; then runs " +
        "each scenario again and compares the results byte for byte.",
    )
    .option("--hosts", "hosts with several VMs, of all drivers, under all policies; checks after every meeting")
    .addOption(driverOption())
    .addOption(valueOption("--seed <text>", "seed of the scenarios (default: a new one each time)", seedOption))
    .addOption(valueOption("--runs <n>", "how many scenarios", wholeNumber(MAX_RUNS)))
    .addOption(
      valueOption(
        "--for <time>",
        "how long, such as 30 (seconds) or 2h (default: 10s, unless --runs is given)",
        periodOption,
      ),
    )
    .option(
      "-o, --output <dir>",
      "directory for failing scenarios: traces, shrunk as far as possible, with their rates; or hosts as they are",
    )
    .option("-q, --quiet", "no progress")
    .addHelpText("after", EXAMPLES)
    .action(async (options: FuzzOptions) => {
      const { fuzzHosts, fuzzScenarios } = await import("../fuzz-scenarios.ts");
      await (options.hosts === true ? fuzzHosts(options) : fuzzScenarios(options));
    });
}

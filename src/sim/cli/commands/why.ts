import { type Command, Option } from "commander";
import { timeOption } from "../../../common/cli/option-values.ts";
import {
  addWhatIfOptions,
  collect,
  driverOption,
  QUIET_OPTION,
  RATES_OPTION,
  runSeedOption,
  SET_OPTION,
  valueOption,
  wholeNumber,
  workersOption,
  worldCount,
} from "../options.ts";
import type { WhyOptions } from "../why/explain-trace.ts";

const EXAMPLES = `
Tells when tasks of a run waited for memory, when allocations failed, and what was killed: who, how long, what led to it. Then
tries what might have prevented it, in several worlds, and says what helps and what does not (docs/why.md).

Examples:
  $ balloon-sim why spike                               the three worst times
  $ balloon-sim why spike --at 95                       what happened at 1m35s
  $ balloon-sim why thrash --worst 1 --target 30%       the worst time, with another target
  $ balloon-sim why spike --format json                 the same as data`;

const DEFAULT_WORLDS = 5;
const MAX_WORST = 100;

/** Adds `balloon-sim why`. */
export function register(program: Command): void {
  const command = program
    .command("why")
    .summary("tell why a run stalls, and what would have prevented it")
    .description(
      "Tells the worst stalls, failures and kills of a run: what happened, what led to it, what would have helped.",
    )
    .argument("<trace>", "file, or name of a bundled trace")
    .addOption(
      valueOption("--at <time>", "explain what happened at this time of the run, such as 95 or 1m35s", timeOption),
    )
    .addOption(valueOption("--worst <n>", "explain the n worst times (default: 3)", wholeNumber(MAX_WORST)))
    .addOption(driverOption())
    .option(...RATES_OPTION)
    .option(...SET_OPTION, collect)
    .addOption(runSeedOption())
    .addOption(
      valueOption("--worlds <n>", "try each change in n worlds; world 1 is the trace as written", worldCount).default(
        DEFAULT_WORLDS,
      ),
    );
  addWhatIfOptions(command)
    .addOption(new Option("--format <format>", "of the result").choices(["text", "json"]).default("text"))
    .addOption(workersOption())
    .option(...QUIET_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async (trace: string, options: WhyOptions) => {
      const { explainTrace } = await import("../why/explain-trace.ts");
      await explainTrace(trace, options);
    });
}

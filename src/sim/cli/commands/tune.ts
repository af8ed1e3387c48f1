import type { Command } from "commander";
import { periodOption, seedOption } from "../../../common/cli/option-values.ts";
import { MAX_TRIALS } from "../limits.ts";
import {
  addWhatIfOptions,
  collect,
  driverOption,
  HOST_POLICY_OPTION,
  objectivesOption,
  QUIET_OPTION,
  RATES_OPTION,
  seedsOption,
  valueOption,
  wholeNumber,
  workersOption,
  worldCount,
} from "../options.ts";
import { addQueueOptions } from "../queue-options.ts";
import { TUNE_DEFAULTS } from "../tune/tune-defaults.ts";
import type { TuneOptions } from "../tune/tune-options.ts";

const EXAMPLES = `
docs/objectives.md defines the objectives and their units. Trial 0, the reference, has the driver's constants, or those of
--rates; a requirement relative to it is compared with its run on the same trace with the same seed.
The same command continues an interrupted study of a file; more --trials extend a complete one. The file is the same, byte for
byte, with any number of workers. docs/tune.md has examples with results.

Examples:
  $ balloon-sim tune spike --minimize time_to_target --minimize stall_full
  $ balloon-sim tune spike ramp --holdout thrash --maximize reclaimed_area --require "oom_kills == 0" --study a.jsonl
  $ balloon-sim tune spike --minimize stall_full --set alloc-max=512..16384 --set slow-cycles=0..16 --sampler tpe --trials 200
  $ balloon-sim tune hosts/noisy-neighbour --set alloc-max=512..65536 --set host.esx.tax=0..0.9 --minimize worst_lost_time`;

const MAX_HALVING = 100;
const MAX_AHEAD = 1000;

/** Adds `balloon-sim tune`. */
export function register(program: Command): void {
  const command = program
    .command("tune")
    .summary("search for better constants")
    .description(
      "Searches for constants that are better on some traces or hosts, and evaluates them on others. Of hosts it varies the policy, too.",
    )
    .argument("[trace...]", "trace files, or host files; or names of bundled ones")
    .addOption(objectivesOption())
    .option("--minimize <objective>", "objective to minimize; repeatable", collect)
    .option("--maximize <objective>", "objective to maximize; repeatable", collect)
    .option(
      "--require <bound>",
      'requirement on every run, such as "oom_kills == 0" or "stall_full <= 1.1 * reference"; repeatable',
      collect,
    )
    .option(
      "--allow-kills",
      "drop the default requirement of no more kills than in trial 0, which applies if no --require concerns kills",
    )
    .option("--aggregate <how>", "of several traces: mean, worst, weights, or a quantile such as q0.9 (default: mean)")
    .option("--weight <trace=weight>", "weight of a trace; repeatable", collect)
    .option("--holdout <trace>", "judge the result on this trace, which the search does not use; repeatable", collect)
    .option(
      "--set <name=values>",
      "range or values of a constant: 64..4096, lin:0..64, 16,64,256, 2048; of a host's policy: host.mom.pressure=0.1..0.4; repeatable",
      collect,
    )
    .addOption(driverOption())
    .option(...RATES_OPTION)
    .option(...HOST_POLICY_OPTION)
    .addOption(
      valueOption(
        "--trials <n>",
        "candidates to try (default: 1000 without --for; a grid: all)",
        wholeNumber(MAX_TRIALS),
      ),
    )
    .addOption(valueOption("--for <time>", "how long to search, such as 90 (seconds) or 10m", periodOption))
    .option("--sampler <name>", "grid, random, sobol, nsga2, or tpe for few trials", TUNE_DEFAULTS.sampler)
    .addOption(
      valueOption(
        "--halving <n>",
        "successive halving: one candidate in n continues from the cheapest traces to further ones",
        wholeNumber(MAX_HALVING, 2),
      ),
    )
    .addOption(
      valueOption(
        "--ahead <n>",
        "number of pending batches of trials, for many workers: the sampler gets results later (docs/scale.md)",
        wholeNumber(MAX_AHEAD),
      ).default(TUNE_DEFAULTS.ahead),
    )
    .option("--study <file>", "keep the study in this file; continue it if it exists")
    .addOption(valueOption("--seed <text>", "seed of the sampler", seedOption).default(TUNE_DEFAULTS.seed));
  addWhatIfOptions(command)
    .addOption(seedsOption())
    .addOption(
      valueOption(
        "--worlds <n>",
        "run each trial in n worlds; the median counts (see: balloon-sim compare)",
        worldCount,
      ).default(TUNE_DEFAULTS.worlds),
    )
    .addOption(
      valueOption(
        "--judge-worlds <n>",
        "judge the result in n worlds that the search has not used; 1: do not",
        worldCount,
      ).default(TUNE_DEFAULTS.judgeWorlds),
    )
    .addOption(workersOption())
    .option(...QUIET_OPTION);
  addQueueOptions(command)
    .addHelpText("after", EXAMPLES)
    .action(async (traces: string[], options: TuneOptions) => {
      if (options.objectives !== undefined) {
        const { printObjectives } = await import("../tune/print-objectives.ts");
        printObjectives(options.objectives);
        return;
      }
      const { tuneTraces } = await import("../tune/tune-traces.ts");
      await tuneTraces(traces, options);
    });
}

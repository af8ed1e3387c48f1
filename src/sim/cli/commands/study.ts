import { type Command, Option } from "commander";
import { QUIET_OPTION, workersOption, worldsOption } from "../options.ts";
import { addQueueOptions } from "../queue-options.ts";
import type { BestOptions } from "../tune/best-of-study.ts";

const EXAMPLES = `
Examples:
  $ balloon-sim study show a.jsonl                          the result of the study
  $ balloon-sim study best a.jsonl -o best.json             constants for run --rates and for balloon-hw
  $ balloon-sim study export a.jsonl --format csv           every trial, for a spreadsheet`;

const BEST_NOTES = `
Without --pick the command selects the trial with the largest gain that is better than trial 0 and worse in no goal and no
requirement, also in further worlds, which neither the search nor its judgement has used (--worlds 1: as the traces are
written). If there is none, the exit code is 1. --pick with a goal selects the standing trial that is best in this goal.
Constants that the gain does not need are reverted to the values of trial 0. The resulting constants are run on all traces of
the study, including the held-out ones, and a table on standard error shows their gain. The traces must be at their paths in
tune, or beside the study.

Examples:
  $ balloon-sim study best a.jsonl > best.json
  $ balloon-sim study best a.jsonl --pick time_to_target -o best.json
  $ balloon-sim study best a.jsonl --pick 17 --raw`;

/** Adds `balloon-sim study` with what it does. */
export function register(program: Command): void {
  const study = program
    .command("study")
    .summary("show the result of a study, and recommend constants")
    .description("Shows a study of balloon-sim tune --study, complete or not.")
    .addHelpText("after", EXAMPLES);
  study
    .command("show")
    .summary("print the result of a study")
    .description("Prints the front of a study, how its trials were judged, and how much each constant matters.")
    .argument("<file>", "the study")
    .option("--all", "list the whole front")
    .action(async (file: string, options: { readonly all?: true }) => {
      const { showStudy } = await import("../tune/show-study.ts");
      showStudy(file, options);
    });
  const best = study
    .command("best")
    .summary("print better constants")
    .description(
      "Prints constants as JSON that --rates of run and balloon-hw accept: those of one trial, without changes that its gain does not " +
        "need, after running them again.",
    )
    .argument("<file>", "the study")
    .option(
      "--pick <trial>",
      "knee, a goal (its best trial), or the number of a trial (default: of the front, the trial that gains most of " +
        "those that are worse than trial 0 in no goal)",
    )
    .option("--raw", "write the constants of the trial unchanged, without running them again")
    .addOption(worldsOption().default(5))
    .option("-o, --output <file>", "write the constants to a file, and their evaluation to standard output")
    .addOption(workersOption())
    .option(...QUIET_OPTION);
  addQueueOptions(best)
    .addHelpText("after", BEST_NOTES)
    .action(async (file: string, options: BestOptions) => {
      const { bestOfStudy } = await import("../tune/best-of-study.ts");
      await bestOfStudy(file, options);
    });
  study
    .command("export")
    .summary("print every trial")
    .description("Prints every trial of a study with its constants and objectives.")
    .argument("<file>", "the study")
    .addOption(new Option("--format <format>", "of the trials").choices(["csv", "json"]).default("csv"))
    .option("-o, --output <file>", "write them to a file")
    .action(async (file: string, options: { readonly format: "csv" | "json"; readonly output?: string }) => {
      const { exportStudy } = await import("../tune/export-study.ts");
      await exportStudy(file, options);
    });
}

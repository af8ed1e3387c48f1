import { type Command, Option } from "commander";

const EXAMPLES = `
Examples:
  $ balloon-sim study show a.jsonl                          what the study found
  $ balloon-sim study best a.jsonl -o best.json             constants for run --rates and for balloon-hw
  $ balloon-sim study export a.jsonl --format csv           every trial, for a spreadsheet`;

/** Adds `balloon-sim study` with what it does. */
export function register(program: Command): void {
  const study = program
    .command("study")
    .summary("show what a study found, and take constants from it")
    .description("Shows a study that balloon-sim tune --study made, finished or not.")
    .addHelpText("after", EXAMPLES);
  study
    .command("show")
    .summary("print what a study found")
    .description("Prints the front of a study, how its trials were judged, and how much each constant matters.")
    .argument("<file>", "the study")
    .option("--all", "list the whole front")
    .action(async (file: string, options: { readonly all?: true }) => {
      const { showStudy } = await import("../tune/show-study.ts");
      showStudy(file, options);
    });
  study
    .command("best")
    .summary("print the constants of one trial")
    .description("Prints the constants of one trial as JSON that --rates of run and balloon-hw accept.")
    .argument("<file>", "the study")
    .option(
      "--pick <trial>",
      "knee, a goal whose best trial is meant, or the number of a trial (default: of the front, the trial that gains most of " +
        "those that are worse than trial 0 in no goal)",
    )
    .option("-o, --output <file>", "write them to a file")
    .action(async (file: string, options: { readonly pick?: string; readonly output?: string }) => {
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

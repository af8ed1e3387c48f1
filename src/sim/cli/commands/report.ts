import type { Command } from "commander";
import type { ReportOptions } from "../report-files.ts";

const EXAMPLES = `
Runs are files that balloon-sim run wrote with -o, as csv, ndjson or json; several are drawn over each other. A study is a
file that balloon-sim tune wrote with --study. The page is one file that needs no network; its bytes depend on what it shows
and on nothing else.

Examples:
  $ balloon-sim report spike.csv -o spike.html              the curves of a run
  $ balloon-sim report default.csv tuned.csv -o both.html   two runs over each other
  $ balloon-sim report my.study -o study.html               what a study found
  $ balloon-sim report my.study                             the same in the terminal, in short`;

/** Adds `balloon-sim report`. */
export function register(program: Command): void {
  program
    .command("report")
    .summary("show studies and runs as a page, or in the terminal")
    .description("Shows runs and what a study found: as one HTML page with -o, else in the terminal.")
    .argument("<file...>", "a study, the rows of runs, or both; - for standard input")
    .option("-o, --output <file>", "write the page to this file; - for standard output")
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: ReportOptions) => {
      const { reportFiles } = await import("../report-files.ts");
      await reportFiles(files, options, program.version() ?? "");
    });
}

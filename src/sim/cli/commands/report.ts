import type { Command } from "commander";
import {
  addWhatIfOptions,
  collect,
  driverOption,
  HOST_POLICY_OPTION,
  QUIET_OPTION,
  RATES_OPTION,
  runSeedOption,
  SET_OPTION,
  workersOption,
  worldsOption,
} from "../options.ts";
import type { ReportOptions } from "../run-for-report.ts";

const EXAMPLES = `
A trace is run as by balloon-sim run with the same options, and the page names them. Rows are files of run -o, in the format
csv, ndjson or json; they contain no options. Several runs are drawn over each other; of more than 24 (traces times worlds), or with
--sort or --warn, the page is a table with the worst first, and a picture of time against guests (docs/fleet.md). A study is a file of balloon-sim tune
--study. A host is run as by balloon-sim host, and has a page of its own. The page is a single file that needs no network. The same input gives the same bytes.

Examples:
  $ balloon-sim report spike --set alloc-max=8192 -o spike.html   run a trace and draw it
  $ balloon-sim report spike ramp --target 30% -o both.html       two traces under another host
  $ balloon-sim report fleet/*.json -o fleet.html                 which of many guests need attention
  $ balloon-sim report spike.csv -o spike.html              the curves of a run
  $ balloon-sim report default.csv tuned.csv -o both.html   two runs over each other
  $ balloon-sim report my.study -o study.html               the result of a study
  $ balloon-sim report hosts/office -o office.html          run a host and draw it
  $ balloon-sim report my.study                             a short version in the terminal`;

/** Adds `balloon-sim report`. */
export function register(program: Command): void {
  const command = program
    .command("report")
    .summary("show studies and runs as a page, or in the terminal")
    .description("Shows runs and the results of studies: as one HTML page with -o, else in the terminal.")
    .argument("<file...>", "traces, rows of runs, a study, or a host, detected by content; - for standard input")
    .option("-o, --output <file>", "write the page to this file; - for standard output")
    .addOption(driverOption())
    .option(...RATES_OPTION)
    .option(...SET_OPTION, collect)
    .option(...HOST_POLICY_OPTION)
    .addOption(runSeedOption());
  addWhatIfOptions(command)
    .addOption(worldsOption())
    .option("--sort <figure>", "of traces: a row for each, the worst by this figure or objective first")
    .option("--warn <condition>", 'of traces: count those with this, such as "stall_full > 1s"; repeatable', collect)
    .addOption(workersOption())
    .option(...QUIET_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: ReportOptions) => {
      const { reportFiles } = await import("../report-files.ts");
      await reportFiles(files, options, program.version() ?? "");
    });
}

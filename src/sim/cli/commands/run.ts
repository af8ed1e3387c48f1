import { type Command, Option } from "commander";
import { timeOption } from "../../../common/cli/option-values.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import type { RunOptions } from "../jobs/request.ts";
import {
  addWhatIfOptions,
  collect,
  driverOption,
  RATES_OPTION,
  runSeedOption,
  SET_OPTION,
  shardOption,
  valueOption,
  workersOption,
  worldsOption,
} from "../options.ts";
import { addQueueOptions } from "../queue-options.ts";

const EXAMPLES = `
By default the command prints rows. --summary prints a summary instead, and --plot without a file draws the curves in the
terminal instead; then only -o FILE writes the rows. --plot FILE.svg draws into that file in addition to the printed output.
Several traces in one output have the leading columns "trace" (the file) and "name"; with -o DIR each trace has its own file.
If some of several traces can't be run, they are reported on standard error, one line each, and the others are run. The exit
status is then 2 if a trace is invalid, or 1 if a run failed. Files appear complete or not at all.

Examples:
  $ balloon-sim run spike                                       the bundled trace "spike" as CSV
  $ balloon-sim run my.json --every 5s --columns default,cycle  a row every 5 s, one more column
  $ balloon-sim run spike --summary -o spike.csv                a summary; the rows to a file
  $ balloon-sim run spike --set alloc-max=4096 --summary        another constant of the driver
  $ balloon-sim run spike --target 0..40%/60s --summary         another target of the host
  $ balloon-sim run *.json --summary --warn "oom_kills > 0"     which of many need attention (docs/fleet.md)
  $ balloon-sim run *.json -o results/ --format ndjson          many traces on all processors
  $ balloon-sim run *.json --summary --queue redis://host/0      many traces on many machines (docs/scale.md)
  $ balloon-sim run *.json -o rows.parquet --format parquet     for DuckDB, Polars and others (docs/notebooks.md)
  $ balloon-sim run spike --plot spike.svg -o spike.csv         a picture, and the rows
  $ balloon-sim run spike --summary --causes spike.causes.jsonl  a summary, and each wait and failure in a file
  $ balloon-sim run spike --checkpoint spike.ckpt --at 60 > spike.csv   the first minute of a run
  $ balloon-sim run --resume spike.ckpt >> spike.csv            the rest of the run
  $ balloon-sim run --columns help                              the columns and their meanings`;

/** Adds `balloon-sim run`. */
export function register(program: Command): void {
  const command = program
    .command("run")
    .summary("run traces and print the results, as rows, figures or curves")
    .description("Runs traces through the driver's policy in a simulated guest and prints the results.")
    .argument("[trace...]", "file, name of a bundled trace, or - for standard input")
    .option("-o, --output <path>", "write the rows to a file, or to one file a trace in a directory")
    .addOption(driverOption())
    .option(...RATES_OPTION)
    .option(...SET_OPTION, collect)
    .addOption(runSeedOption())
    .addOption(worldsOption());
  addWhatIfOptions(command)
    .option("--every <when>", "a row for every change, every cycle, or at an interval, such as 5s", "change")
    .option("--columns <list>", "columns by name, or groups: default, all; help lists them", "default")
    .addOption(
      new Option("--format <format>", "of the rows, and of a summary; parquet to a file or a pipe only").choices([
        "csv",
        "ndjson",
        "json",
        "parquet",
      ]),
    )
    .option("--summary", "print a summary of each run: a table, or in the --format")
    .option("--sort <figure>", "with --summary: a row for each trace, the worst by this figure or objective first")
    .option(
      "--warn <condition>",
      'with --summary: mark and count runs with this, such as "stall_full > 1s"; repeatable',
      collect,
    )
    .option("--all", "with --summary of more than 20 traces: a row for each, not only for the worst")
    .option(
      "--plot [file.svg]",
      "draw the curves in the terminal instead of printing rows, or into an SVG file besides them",
    )
    .option("--causes <file>", "write why the run stalls, as JSON lines, into this file besides (docs/causes.md)")
    .option("--checkpoint <file>", "suspend the run at the time of --at and save its state in this file")
    .addOption(valueOption("--at <time>", "time of the --checkpoint, such as 90 (seconds) or 1h30m", timeOption))
    .option("--resume <file>", "continue a suspended run and print its remaining rows")
    .option("--verify", "run twice and compare the results byte for byte")
    .addOption(shardOption())
    .addOption(workersOption());
  addQueueOptions(command)
    .option("-q, --quiet", "no progress bar")
    .addHelpText("after", EXAMPLES)
    .action(async (traces: string[], options: RunOptions) => {
      if (options.columns === "help") {
        const { printColumns } = await import("../print-columns.ts");
        printColumns(policyNamed(options.driver, "--driver"));
      } else {
        const { run } = await import("../run-traces.ts");
        await run(traces, options);
      }
    });
}

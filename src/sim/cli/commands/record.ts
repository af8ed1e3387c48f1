import type { Command } from "commander";
import { periodOption, timeOption } from "../../../common/cli/option-values.ts";
import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import type { Us } from "../../../common/units.ts";
import { valueOption } from "../options.ts";
import type { RecordCommandOptions } from "../record-machine.ts";

const EXAMPLES = `
A recording consists of one line per sample, each written as a whole. It is therefore valid up to its last line, also after
Ctrl-C, a signal, a full disk or a crash of the machine. An existing file is continued. balloon-sim import converts it to a trace.

Examples:
  $ balloon-sim record -o today.jsonl                     until Ctrl-C, a sample a second
  $ balloon-sim record --for 10m -o build.jsonl           ten minutes
  $ balloon-sim record --every 100ms --for 5s | tail -1   to standard output
  $ sudo balloon-sim record -o guest.jsonl                with the balloon driver's figures, which only root may read
  $ balloon-sim import today.jsonl -o today.trace.jsonl --target 40%`;

/** Adds `balloon-sim record`. */
export function register(program: Command): void {
  program
    .command("record")
    .summary("record the memory of this machine, for import")
    .description("Records samples of this Linux machine's memory, in a file for import.")
    .option("-o, --output <file>", "file to write to, or to continue; default: standard output")
    .addOption(
      valueOption("--every <time>", "time between samples, 10ms or more", sampleTimeOption).default(1_000_000, "1s"),
    )
    .addOption(valueOption("--for <time>", "end after this time; default: at Ctrl-C or a signal", periodOption))
    .option("--vmmemctl <file>", "the balloon driver's file in debugfs; default: the usual place")
    .option("--proc <directory>", "the directory with the kernel's figures", "/proc")
    .option("-q, --quiet", "no status on the terminal")
    .addHelpText("after", EXAMPLES)
    .action(async (options: RecordCommandOptions) => {
      const { recordMachine } = await import("../record-machine.ts");
      await recordMachine(options, program.version() ?? "");
    });
}

const LEAST_SAMPLE_US = 10_000;

/** Time between two samples, in microseconds. */
function sampleTimeOption(option: string, text: string): Us {
  const us = timeOption(option, text);
  if (us < LEAST_SAMPLE_US) throw new InputError(`${option} ${quote(text)}: expected 10ms or more`);
  return us;
}

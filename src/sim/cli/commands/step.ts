import type { Command } from "commander";
import { collect, driverOption, MACHINE_OPTION, RATES_OPTION, SET_OPTION } from "../options.ts";
import type { StepOptions } from "../step-trace.ts";

const EXAMPLES = `
On a terminal, keys are commands: n or right, b or left, c or down, C or up, 90g, 200e, u, s, h, q; a colon begins a condition
for until. Else lines of standard input contain the same commands, or "until CONDITION".

Examples:
  $ balloon-sim step spike                          each event, forwards and backwards
  $ balloon-sim step spike --set alloc-max=4096     with another constant
  $ balloon-sim step spike --until stall            to where a task begins to wait for memory; u: to the next
  $ balloon-sim step spike --until 'swap > 100MiB'  to where a column of rows reaches a value
  $ echo '12g 5n b s' | balloon-sim step spike      to 12 s, five events forwards, one backwards, all figures`;

/** Adds `balloon-sim step`. */
export function register(program: Command): void {
  program
    .command("step")
    .summary("run a trace event by event, forwards and backwards")
    .description("Runs a trace event by event, forwards and backwards, and prints what each step changes.")
    .argument("<trace>", "file, or name of a bundled trace")
    .addOption(driverOption())
    .option(...RATES_OPTION)
    .option(...SET_OPTION, collect)
    .option(...MACHINE_OPTION)
    .option(
      "--until <condition>",
      'go on until stall, kill, reset, failure (of an allocation), or a comparison such as "free<50MiB"',
    )
    .addHelpText("after", EXAMPLES)
    .action(async (trace: string, options: StepOptions) => {
      const { stepTrace } = await import("../step-trace.ts");
      await stepTrace(trace, options);
    });
}

import { type Command, Option } from "commander";
import type { FidelityOptions } from "../compare-fidelity.ts";
import { MACHINE_OPTION } from "../options.ts";

const EXAMPLES = `
A recorded run is a log of the kernel lab or of the VM lab (the reference driver in a real Linux kernel, one row per second), or
of balloon-hw run --record. docs/fidelity.md describes the recording, the figures and the accuracy of the simulation. Runs with
the same settings are repetitions of one scenario. The difference between repetitions is the noise of a curve; the limit of its
error is 1.5 times the noise, at least 3 % and at most 15 % of the curve's range. With fewer than three repetitions the noise
is the median over the 26 scenarios that come with balloon-sim.

Examples:
  $ balloon-sim fidelity run.csv                     the error of each curve, as a table
  $ balloon-sim fidelity run.csv --plot              simulated and recorded curves in the terminal
  $ balloon-sim fidelity run.*.csv --plot run.svg    three repetitions in one picture
  $ balloon-sim fidelity runs/*.csv --format csv     many scenarios, for programs
  $ balloon-sim fidelity run.csv --trace-out run.json && balloon-sim run run.json`;

/** Adds `balloon-sim fidelity`. */
export function register(program: Command): void {
  program
    .command("fidelity")
    .summary("compare the simulation with recorded runs of a real kernel")
    .description("Replays recorded runs with the same settings and prints the simulation's error, curve by curve.")
    .argument("<run...>", "recorded runs of the kernel lab, the VM lab, or balloon-hw; - is standard input")
    .addOption(new Option("--format <format>", "output for programs, instead of a table").choices(["csv", "json"]))
    .option("--plot [file.svg]", "draw simulated over recorded curves in the terminal, or those of one scenario as SVG")
    .option("--roles <file.json>", "the scenarios that the profile was fitted to: listed and counted separately")
    .option(...MACHINE_OPTION)
    .option("--trace-out <file.json>", "write the settings of a run as a trace")
    .addHelpText("after", EXAMPLES)
    .action(async (runs: string[], options: FidelityOptions) => {
      const { compareFidelity } = await import("../compare-fidelity.ts");
      await compareFidelity(runs, options);
    });
}

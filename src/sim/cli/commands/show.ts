import type { Command } from "commander";

const EXAMPLES = `
Examples:
  $ balloon-sim show spike                    a bundled trace
  $ balloon-sim show mine.jsonl --json        the same for programs`;

/** Adds `balloon-sim show`. */
export function register(program: Command): void {
  program
    .command("show")
    .summary("say what is in a trace")
    .description("Says what is in a trace: origin, guest, series with their ranges and provenance, host rules, events.")
    .argument("<trace>", "a trace file, the name of a bundled trace, or - for standard input")
    .option("--json", "as JSON, in pages, microseconds and nanoseconds")
    .addHelpText("after", EXAMPLES)
    .action(async (trace: string, options: { readonly json?: true }) => {
      const { showTrace } = await import("../show-trace.ts");
      showTrace(trace, options);
    });
}

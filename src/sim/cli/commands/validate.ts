import type { Command } from "commander";

const EXAMPLES = `
Examples:
  $ balloon-sim validate mine.json            every error with its line and its path in the document
  $ importer | balloon-sim validate -         a trace from standard input

Exit status: 0 all files are valid, 2 at least one is not.`;

/** Adds `balloon-sim validate`. */
export function register(program: Command): void {
  program
    .command("validate")
    .summary("check traces and hosts")
    .description("Checks traces, and hosts with their VMs, and prints all errors in them, one per line.")
    .argument("<trace...>", "trace or host files, names of bundled ones, or - for standard input")
    .addHelpText("after", EXAMPLES)
    .action(async (traces: string[]) => {
      const { validateTraces } = await import("../validate-traces.ts");
      if (!(await validateTraces(traces))) process.exitCode = 2;
    });
}

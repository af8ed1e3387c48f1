import { type Command, Option } from "commander";

const EXAMPLES = `
Examples:
  $ balloon-sim show spike                    a bundled trace
  $ balloon-sim show mine.jsonl --json        the same for programs
  $ balloon-sim show spike --host-script      the host's behaviour, for balloon-hw emulate`;

/** Adds `balloon-sim show`. */
export function register(program: Command): void {
  program
    .command("show")
    .summary("describe a trace")
    .description("Describes a trace: origin, guest, series with their ranges and provenance, host rules, events.")
    .argument("<trace>", "a trace file, the name of a bundled trace, or - for standard input")
    .option("--json", "as JSON, in pages, microseconds and nanoseconds")
    .addOption(new Option("--host-script", "its host, as a script for balloon-hw emulate").conflicts("json"))
    .addHelpText("after", EXAMPLES)
    .action(async (trace: string, options: { readonly json?: true; readonly hostScript?: true }) => {
      const { showTrace } = await import("../show-trace.ts");
      showTrace(trace, options);
    });
}

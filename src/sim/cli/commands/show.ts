import { type Command, Option } from "commander";
import type { ShowOptions } from "../show-trace.ts";

const EXAMPLES = `
Examples:
  $ balloon-sim show spike                    a bundled trace
  $ balloon-sim show mine.jsonl --json        the same for programs
  $ balloon-sim show spike --host-script      the host's behaviour, for balloon-hw emulate
  $ balloon-sim show hosts/office             a host with its VMs (docs/hosts.md)`;

/** Adds `balloon-sim show`. */
export function register(program: Command): void {
  program
    .command("show")
    .summary("describe a trace or a host")
    .description(
      "Describes a trace: origin, guest, series with their ranges and provenance, host rules, events. Or a host: its memory, policy, VMs.",
    )
    .argument("<trace>", "a trace or host file, the name of a bundled one, or - for standard input")
    .option("--json", "as JSON, in pages, microseconds and nanoseconds")
    .addOption(new Option("--host-script", "its host, as a script for balloon-hw emulate").conflicts("json"))
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: ShowOptions) => {
      const { show } = await import("../show-trace.ts");
      show(file, options);
    });
}

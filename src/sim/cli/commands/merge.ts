import type { Command } from "commander";
import type { MergeOptions } from "../shards/merge-parts.ts";

const EXAMPLES = `
The result is the same, byte for byte, as without --shard. The exit status and the messages about kills and invalid traces are
the same, too. All parts are read before the first byte is written: if parts are missing, duplicate, damaged or of another
result, they are reported, one line each, and nothing is written. docs/scale.md has examples for batch systems.

Examples:
  $ balloon-sim sweep spike --set alloc-max=1024..16384x50 --shard 1/2 -o part-1.csv     on one machine
  $ balloon-sim sweep spike --set alloc-max=1024..16384x50 --shard 2/2 -o part-2.csv     on another one
  $ balloon-sim merge part-1.csv part-2.csv -o all.csv`;

/** Adds `balloon-sim merge`. */
export function register(program: Command): void {
  program
    .command("merge")
    .summary("merge the parts of the shards of run, sweep or compare")
    .description(
      "Computes the result of run, sweep or compare from the parts that its shards (--shard K/N) have written.",
    )
    .argument("<part...>", "files that --shard with -o has written, in any order")
    .option("-o, --output <file>", "write the result to a file")
    .addHelpText("after", EXAMPLES)
    .action(async (parts: string[], options: MergeOptions) => {
      const { mergeParts } = await import("../shards/merge-parts.ts");
      await mergeParts(parts, options);
    });
}

import type { Command } from "commander";
import type { GenerateOptions } from "../generate-fleet.ts";

const EXAMPLES = `
Examples:
  $ balloon-sim generate fleet -o fleet/                        10,000 guests for a day
  $ balloon-sim generate fleet -o small/ --guests 100 --for 1h  fewer, and shorter
  $ balloon-sim run fleet/*.json --summary --format csv         what comes of each of them`;

/** Adds `balloon-sim generate`. */
export function register(program: Command): void {
  program
    .command("generate")
    .summary("make traces of a whole fleet of guests")
    .description(
      "Makes traces of many guests from one seed: every so often each changes its demand, and its host the target.",
    )
    .argument("<what>", "fleet")
    .option("-o, --output <dir>", "directory for the traces, required; made if it is not there")
    .option("--guests <n>", "how many guests", "10000")
    .option("--for <time>", "length of each trace", "24h")
    .option("--every <time>", "time between two changes of a guest", "5m")
    .option(
      "--memory <range>",
      "RAM of the guests: a size and its doubles, such as 512MiB..1TiB (default: most are small)",
    )
    .option("--seed <text>", "seed of everything that is drawn", "1")
    .option("-q, --quiet", "no progress bar")
    .addHelpText("after", EXAMPLES)
    .action(async (what: string, options: GenerateOptions) => {
      const { generateFleet } = await import("../generate-fleet.ts");
      await generateFleet(what, options);
    });
}

import type { Command } from "commander";
import { seedOption } from "../../../common/cli/option-values.ts";
import { type GenerateOptions, sizesOption, wholeSecondsOption } from "../fleet-options.ts";
import { valueOption, wholeNumber } from "../options.ts";

const EXAMPLES = `
Examples:
  $ balloon-sim generate fleet -o fleet/                        10,000 guests for a day
  $ balloon-sim generate fleet -o small/ --guests 100 --for 1h  fewer guests, for a shorter time
  $ balloon-sim run fleet/*.json --summary --format csv         a summary of each trace`;

const MAX_GUESTS = 1_000_000;

/** Adds `balloon-sim generate`. */
export function register(program: Command): void {
  program
    .command("generate")
    .summary("generate traces of a fleet of guests")
    .description(
      "Generates traces of many guests from one seed. At intervals each guest changes its demand, and its host changes the target.",
    )
    .argument("<what>", "fleet")
    .option("-o, --output <dir>", "directory for the traces, required; created if it is missing")
    .addOption(valueOption("--guests <n>", "how many guests", wholeNumber(MAX_GUESTS)).default(10_000))
    .addOption(valueOption("--for <time>", "length of each trace", wholeSecondsOption).default(86_400, "24h"))
    .addOption(
      valueOption("--every <time>", "time between two changes of a guest", wholeSecondsOption).default(300, "5m"),
    )
    .addOption(
      valueOption(
        "--memory <range>",
        "RAM of the guests: a size and its doubles, such as 512MiB..1TiB (default: most are small)",
        sizesOption,
      ),
    )
    .addOption(valueOption("--seed <text>", "seed of all random numbers", seedOption).default("1"))
    .option("-q, --quiet", "no progress bar")
    .addHelpText("after", EXAMPLES)
    .action(async (what: string, options: GenerateOptions) => {
      const { generateFleet } = await import("../generate-fleet.ts");
      await generateFleet(what, options);
    });
}

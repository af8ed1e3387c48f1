import type { Command } from "commander";
import { addOrderOptions, giveOrder, type OrderOptions } from "../give-order.ts";

const EXAMPLES = `
A larger balloon deflates to the limit, a smaller one follows the host up to it. The setting max is a limit of the configuration;
the lower one of both holds.

Examples:
  $ sudo balloon-hw limit 2GiB
  $ sudo balloon-hw limit 25% --persist  of the machine's memory; also after a restart
  $ sudo balloon-hw limit none           ends it`;

/** Adds `balloon-hw limit`. */
export function register(program: Command): void {
  addOrderOptions(
    program
      .command("limit")
      .summary("limit the balloon's size")
      .description("Limits the size of the balloon, whatever the host asks for.")
      .argument("<size>", "the most that it may have, or none"),
  )
    .addHelpText("after", EXAMPLES)
    .action(async (size: string, options: OrderOptions) => {
      const { parseLimit } = await import("../parse-limit.ts");
      await giveOrder("limit", options, { size: parseLimit(size) });
    });
}

import type { Command } from "commander";
import { addOrderOptions, giveOrder, type OrderOptions } from "../give-order.ts";

const EXAMPLES = `
A frozen or drained balloon that was kept over restarts is no longer so after a restart either, with or without --persist. A limit
stays: "balloon-hw limit none" ends it.

Examples:
  $ sudo balloon-hw thaw`;

/** Adds `balloon-hw thaw`. */
export function register(program: Command): void {
  addOrderOptions(
    program
      .command("thaw")
      .summary("follow the host again, after freeze or drain")
      .description("Ends freeze or drain: the balloon follows the host again."),
  )
    .addHelpText("after", EXAMPLES)
    .action((options: OrderOptions) => giveOrder("thaw", options));
}

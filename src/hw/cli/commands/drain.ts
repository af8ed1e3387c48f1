import type { Command } from "commander";
import { addOrderOptions, giveOrder, type OrderOptions } from "../give-order.ts";

const EXAMPLES = `
The balloon deflates at the policy's rate, as if the host had asked for a size of 0, and stays empty. The daemon goes on to ask the
host for its target, and remembers it.

Examples:
  $ sudo balloon-hw drain
  $ sudo balloon-hw drain --persist      also after a restart
  $ sudo balloon-hw thaw                 ends it`;

/** Adds `balloon-hw drain`. */
export function register(program: Command): void {
  addOrderOptions(
    program
      .command("drain")
      .summary("empty the balloon, until thaw")
      .description("Empties the balloon and keeps it empty, whatever the host asks for, until thaw or another order."),
  )
    .addHelpText("after", EXAMPLES)
    .action((options: OrderOptions) => giveOrder("drain", options));
}

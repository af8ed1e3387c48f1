import type { Command } from "commander";
import { addOrderOptions, giveOrder, type OrderOptions } from "../give-order.ts";

const EXAMPLES = `
The daemon goes on to ask the host for its target, and remembers it; the host sees that the size stays as it is. A frozen balloon
does not give way under pressure either. After a restart or a reset by the host the balloon is empty, and grows up to the frozen
size only as far as the host asks for it.

Examples:
  $ sudo balloon-hw freeze
  $ sudo balloon-hw freeze --persist     also after a restart
  $ sudo balloon-hw thaw                 ends it`;

/** Adds `balloon-hw freeze`. */
export function register(program: Command): void {
  addOrderOptions(
    program
      .command("freeze")
      .summary("keep the balloon's size, until thaw")
      .description("Keeps the size of the balloon as it is, whatever the host asks for, until thaw or another order."),
  )
    .addHelpText("after", EXAMPLES)
    .action((options: OrderOptions) => giveOrder("freeze", options));
}

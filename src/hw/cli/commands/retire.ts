import type { Command } from "commander";

const EXAMPLES = `
Stops and disables the service, which gives all memory of the balloon back to the guest, lets vmw_balloon load again, loads it, and
waits until it has asked the host for a target. If the kernel has no such driver, nothing is changed. It may be called again.

Examples:
  $ sudo balloon-hw retire`;

/** Adds `balloon-hw retire`. */
export function register(program: Command): void {
  program
    .command("retire")
    .summary("give the balloon back to the kernel's own driver")
    .description(
      "Gives the balloon of this machine back to the kernel's own driver vmw_balloon, and checks that it works.",
    )
    .addHelpText("after", EXAMPLES)
    .action(async () => {
      const { retire } = await import("../retire.ts");
      await retire();
    });
}

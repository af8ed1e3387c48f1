import { type Command, Option } from "commander";
import { CHOICES } from "../../settings/settings.ts";
import type { CheckOptions } from "../check-machine.ts";

const EXAMPLES = `
One line for each thing that balloon-hw run needs: ok, warning, or missing and what to do. The exit status is the one that
balloon-hw run would end with for the first that is missing.

Examples:
  $ sudo balloon-hw check
  $ sudo balloon-hw check --pin mlock
  $ balloon-hw check --emulate      what balloon-hw emulate needs`;

/** Adds `balloon-hw check`. */
export function register(program: Command): void {
  program
    .command("check")
    .summary("say whether this machine has everything that run needs")
    .description("Looks at everything that the daemon needs on this machine, pins a page and lets it go again.")
    .addOption(new Option("--pin <how>", "how pages would be pinned").choices(CHOICES.pin).default("auto"))
    .addOption(
      new Option("--io-permission <how>", "right to use the host's port").choices(CHOICES.ioPermission).default("auto"),
    )
    .option("--emulate", "look only at what emulate needs")
    .addHelpText("after", EXAMPLES)
    .action(async (options: CheckOptions) => {
      const { check } = await import("../check-machine.ts");
      await check(options);
    });
}

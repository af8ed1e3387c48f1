import { type Command, Option } from "commander";
import { CHOICES } from "../../settings/choices.ts";

const EXAMPLES = `
One line for each thing that balloon-hw run needs: ok, warning, or missing and what to do. A balloon is opened as run would,
a page is pinned, and its frame number read. The exit status is the one that balloon-hw run would end with for the first that
is missing.

Examples:
  $ sudo balloon-hw check
  $ sudo balloon-hw check --config /etc/balloon-hw.json      with the settings of the service
  $ sudo balloon-hw check --pin mlock
  $ sudo balloon-hw check --emulate      what balloon-hw emulate needs`;

/** Adds `balloon-hw check`. */
export function register(program: Command): void {
  const command = program
    .command("check")
    .summary("check whether this machine has everything that run needs")
    .description("Checks everything that the daemon needs on this machine; pins a page and releases it.");
  command
    .option("--config <file>", "settings of the daemon; options win over it")
    .addOption(new Option("--pin <how>", "how pages would be pinned").choices(CHOICES.pin).default("auto"))
    .option("--allow-unpinned-moves", "with --pin mlock: also where the kernel moves locked pages")
    .addOption(
      new Option("--io-permission <how>", "right to use the host's port").choices(CHOICES.ioPermission).default("auto"),
    )
    .option("--any-hypervisor", "as for run")
    .option("--beside-kernel-driver", "as for run")
    .option("--emulate", "look only at what emulate needs")
    .addHelpText("after", EXAMPLES)
    .action(async ({ config, emulate }: { config?: string; emulate?: true }) => {
      const { saidSettings } = await import("../options.ts");
      const { check } = await import("../check-machine.ts");
      check(config, saidSettings(command), emulate === true);
    });
}

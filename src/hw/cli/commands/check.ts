import { type Command, Option } from "commander";
import { CHOICES } from "../../settings/choices.ts";

const EXAMPLES = `
The command prints one line per requirement of balloon-hw run: ok, warning, or missing with the remedy. It opens a balloon as
run does, pins a page and reads its frame number. The exit status is that of balloon-hw run for the first missing requirement.

Examples:
  $ sudo balloon-hw check
  $ sudo balloon-hw check --config /etc/balloon-hw.json      with the settings of the service
  $ sudo balloon-hw check --pin mlock
  $ sudo balloon-hw check --host         also what the host answers
  $ sudo balloon-hw check --emulate      the requirements of balloon-hw emulate`;

/** Adds `balloon-hw check`. */
export function register(program: Command): void {
  const command = program
    .command("check")
    .summary("check the requirements of run on this machine")
    .description("Checks all requirements of the daemon on this machine; pins a page and releases it.");
  command
    .option("--config <file>", "settings of the daemon; options win over it")
    .addOption(new Option("--pin <how>", "how pages would be pinned").choices(CHOICES.pin).default("auto"))
    .option("--allow-unpinned-moves", "with --pin mlock: accept a kernel that moves locked pages")
    .addOption(
      new Option("--io-permission <how>", "right to use the host's port").choices(CHOICES.ioPermission).default("auto"),
    )
    .option("--any-hypervisor", "as for run")
    .option("--beside-kernel-driver", "as for run")
    .addOption(
      new Option("--protocol <level>", "commands that the daemon may use").choices(CHOICES.protocol).default("auto"),
    )
    .option(
      "--host",
      "send START, print the level of the protocol and the target, lock a page and unlock it; not beside a balloon driver",
    )
    .option("--emulate", "check only the requirements of emulate")
    .addHelpText("after", EXAMPLES)
    .action(async ({ config, emulate, host }: { config?: string; emulate?: true; host?: true }) => {
      const { saidSettings } = await import("../options.ts");
      const { check } = await import("../check-machine.ts");
      await check(config, saidSettings(command), { forEmulate: emulate === true, asksHost: host === true });
    });
}

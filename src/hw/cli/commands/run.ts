import { type Command, Option } from "commander";
import { CHOICES } from "../../settings/choices.ts";
import { addDaemonOptions } from "../options.ts";

const EXAMPLES = `
SIGTERM and SIGINT end the daemon: it first reports to the host, then frees all memory. SIGHUP reads the configuration file, the
rates and the limits again, and keeps the balloon; if a file is invalid, the old settings stay in force.

Examples:
  $ sudo balloon-hw run
  $ sudo balloon-hw run --rates tuned.json --floor 1GiB
  $ sudo balloon-hw run --dry-run --record target.jsonl        where no balloon driver is loaded
  $ sudo balloon-hw run --config /etc/balloon-hw.json --log json
  $ sudo balloon-hw run --metrics 127.0.0.1:9797 --record /var/log/balloon.jsonl`;

/** Adds `balloon-hw run`. */
export function register(program: Command): void {
  const command = addDaemonOptions(
    program
      .command("run")
      .summary("run the balloon on this VMware virtual machine")
      .description("Runs the balloon on this VMware virtual machine, in the foreground."),
  );
  command
    .addOption(
      new Option("--io-permission <how>", "right to use the host's port").choices(CHOICES.ioPermission).default("auto"),
    )
    .option("--any-hypervisor", "start even if the machine is not a VMware VM")
    .option("--beside-kernel-driver", "start although the kernel's own driver is loaded: both then answer the host")
    .option("--dry-run", "ask the host for its target and take no pages; the log says what would be done")
    .addHelpText("after", EXAMPLES)
    .action(async ({ config, dryRun }: { config?: string; dryRun?: true }) => {
      const { saidSettings } = await import("../options.ts");
      const { runOnHost } = await import("../run-on-host.ts");
      await runOnHost(config, saidSettings(command), dryRun === true);
    });
}

import { type Command, Option } from "commander";
import { periodOption, seedOption } from "../../../common/cli/option-values.ts";
import { CAPACITY_DEFAULTS } from "../capacity/capacity-defaults.ts";
import type { CapacityOptions } from "../capacity/find-capacity.ts";
import { stepOption } from "../capacity/step-option.ts";
import { collect, driverOption, QUIET_OPTION, valueOption, workersOption, worldCount } from "../options.ts";

const EXAMPLES = `
A requirement is FIGURE RELATION VALUE. Figures of VMs hold for each VM, or for one and its copies: vms.web.stall_full <= 10s.
docs/capacity.md lists the figures, and says how it searches and how sure the result is.

Examples:
  $ balloon-sim capacity hosts/office --require "oom_kills == 0" --require "lost_time_share <= 1%"
  $ balloon-sim capacity host.json --require "lost_time_share <= 1%" --policies esx,proxmox,mom     several policies side by side
  $ balloon-sim capacity host.json --require "vms.db.stall_full <= 10s" --over vms --group web      the most web servers
  $ balloon-sim capacity host.json --require "oom_kills == 0" --set host.esx.tax=0 --format json`;

/** Adds `balloon-sim capacity`. */
export function register(program: Command): void {
  program
    .command("capacity")
    .summary("how little memory a host may have, or how many VMs")
    .description(
      "Searches for the least memory of a host, or the most VMs on it, with which every requirement is kept, and says what " +
        "breaks first one step further.",
    )
    .argument("<host>", "host file, or name of a bundled host")
    .option("--require <requirement>", 'such as "oom_kills == 0" or "lost_time_share <= 1%"; repeatable', collect)
    .option("--policies <names>", "policies of hosts, or files of your own, with commas (default: that of the file)")
    .addOption(new Option("--over <what>", "what is varied").choices(["memory", "vms"]).default(CAPACITY_DEFAULTS.over))
    .option("--group <vm>", "with --over vms: vary the number of this VM alone, not of all in proportion")
    .addOption(
      valueOption(
        "--step <step>",
        "distance of two points: 512MiB, 2 (VMs), or 2% of what the VMs have (default)",
        stepOption,
      ),
    )
    .addOption(
      valueOption(
        "--worlds <n>",
        "worlds in which the requirements must be kept: other phases of copies, other paces",
        worldCount,
      ).default(CAPACITY_DEFAULTS.worlds),
    )
    .addOption(driverOption())
    .option("--rates <file>", "constants of the driver of all VMs, from a file (see: balloon-sim rates --json)")
    .option("--set <name=value>", "another value in the host file, such as vms.web.memory=4GiB; repeatable", collect)
    .addOption(
      valueOption("--until <time>", "end each run at this time, such as 8h, if it does not end before", periodOption),
    )
    .addOption(valueOption("--seed <text>", "seed of the host, instead of the file's", seedOption))
    .addOption(new Option("--format <format>", "of the result").choices(["table", "csv", "json"]).default("table"))
    .option("-o, --output <file>", "write the result to a file")
    .addOption(workersOption())
    .option(...QUIET_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async (host: string, options: CapacityOptions) => {
      const { findCapacity } = await import("../capacity/find-capacity.ts");
      await findCapacity(host, options);
    });
}

import { type Command, Option } from "commander";
import { periodOption, seedOption } from "../../../common/cli/option-values.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import type { HostOptions } from "../host/host-options.ts";
import { MAX_WORKERS } from "../limits.ts";
import { collect, driverOption, QUIET_OPTION, RATES_OPTION, valueOption, wholeNumber, worldCount } from "../options.ts";

const EXAMPLES = `
A host is a file (docs/hosts.md), - for standard input, or the name of a bundled host: hosts/office. The command runs its VMs
side by side under the host's policy, and prints who lost time, when, and why. Of several hosts, or of those in a directory, it prints a row
each, the worst first; all are checked before the first one runs, and with -o DIR each has a folder of its own.

Examples:
  $ balloon-sim host hosts/office                                   who suffers, when, and why
  $ balloon-sim host hosts/office --set host.memory=64GiB           the same VMs with less memory
  $ balloon-sim host hosts/office --policy none --driver vmmemctl   another policy, another balloon driver in all VMs
  $ balloon-sim host hosts/office hosts/database                    several hosts, each in a thread of its own
  $ balloon-sim host cluster/ -o rows --summary                     all hosts in a directory, with a folder of rows for each
  $ balloon-sim host hosts/office --plot                            its memory by VM over time
  $ balloon-sim host hosts/office -o office                         rows of the host and of its VMs
  $ balloon-sim host hosts/imported-esxtop --against                what another policy would have decided
  $ balloon-sim host hosts/office --worlds 5                        how sure that is
  $ balloon-sim host my.json --policy ./mine.mjs                    your own policy (docs/host-policies.md)`;

/** Adds `balloon-sim host`. */
export function register(program: Command): void {
  program
    .command("host")
    .summary("run the VMs of hosts under their policies: who suffers, when, and why")
    .description(
      "Runs the VMs of a host side by side, whose policy sets the targets of their balloons; several hosts, too.",
    )
    .argument("[host...]", "host file, name of a bundled host, directory with host files, or - for standard input")
    .option("--policy <policy>", "policy of the host instead of the file's: a name, or the file of your own")
    .option(
      "--set <name=value>",
      "one value of the host, such as host.memory=96GiB or vms.web.shares=2000; repeatable",
      collect,
    )
    .addOption(driverOption())
    .option(...RATES_OPTION)
    .addOption(valueOption("--seed <text>", "seed of all drawn phases and copies, instead of the file's", seedOption))
    .addOption(
      valueOption(
        "--worlds <n>",
        "run the host in n worlds, which differ in phases of copies, paces and costs; world 1 is the file as written",
        worldCount,
      ),
    )
    .option("-o, --output <dir>", "write rows of the host, of all VMs, and of each VM to files in this directory")
    .option(
      "--every <when>",
      "rows of VMs for every change (default) or at an interval, such as 5s, as those of the host",
    )
    .option("--vm-columns <list>", "columns of each VM: names, or groups: default, host, all; help lists them")
    .option("--force", "with -o: into a directory with rows of another run, or in the place of a host file")
    .option("--plot [file.svg]", "draw the host's memory by VM in the terminal, or into an SVG file")
    .option("--against", "compare the targets with those that were measured in the VMs' traces")
    .addOption(valueOption("--until <time>", "end at this time, such as 90 (seconds) or 1h30m", periodOption))
    .option("--summary", "print the summary beside rows, a picture or --against")
    .addOption(
      new Option("--format <format>", "of the rows (default csv), and of a summary (default a table)").choices([
        "csv",
        "ndjson",
        "json",
      ]),
    )
    .addOption(
      valueOption(
        "--workers <n>",
        "several hosts in n threads (default: number of processors), one in each; the VMs of one host in n threads (default: one, " +
          "which is faster where VMs often meet a host that is short of memory)",
        wholeNumber(MAX_WORKERS),
      ),
    )
    .option(...QUIET_OPTION)
    .addHelpText("after", EXAMPLES)
    .action(async (hosts: string[], options: HostOptions) => {
      if (options.vmColumns === "help") {
        const { printColumns } = await import("../print-columns.ts");
        const { HOSTED_COLUMNS } = await import("../../output/columns.ts");
        return printColumns(policyNamed(options.driver, "--driver"), HOSTED_COLUMNS);
      }
      const { host: run } = await import("../host/host-command.ts");
      await run(hosts, options);
    });
}

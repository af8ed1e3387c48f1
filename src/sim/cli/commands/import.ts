import { type Command, Option } from "commander";
import type { ImportHostOptions } from "../import-host.ts";
import { collect } from "../options.ts";

const EXAMPLES = `
Missing data are not invented: if the RAM is not in the log and can't be inferred, --memory is required; values at times without
samples are unknown. A target of --target is marked in the trace as an assumption, separately from measured values.

Examples:
  $ balloon-sim import --list                                   the formats and their contents
  $ balloon-sim import 122.csv -o 122.jsonl --target 40%        a log of one VM, with a target
  $ vmstat -t 1 60 | balloon-sim import - --memory 8GiB         from a pipe, to standard output
  $ balloon-sim import esxtop.csv --vm web01 -o web01.jsonl     one VM of many
  $ balloon-sim import sar.txt --host-log esxtop.csv --host-vm web01      the guest's demand, the host's balloon and target
  $ balloon-sim import esxtop.csv -o traces/                    all VMs, one file each
  $ balloon-sim import esxtop.csv --host -o esx7                the host with all its VMs: esx7/host.json and a trace for each VM
  $ balloon-sim import sar.txt --memory 64GiB --tz Europe/Berlin --demand "anon = memory - free - cached"`;

type CommandOptions = ImportHostOptions & { readonly host?: true; readonly list?: true; readonly json?: true };

/** Refuses the options of `--host` without it. */
async function checkNoHostOption({ hostName, hostMemory, policy, vmMemory, force }: CommandOptions): Promise<void> {
  const given = { "host-name": hostName, "host-memory": hostMemory, policy, "vm-memory": vmMemory, force };
  const [name] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (name === undefined) return;
  const { InputError } = await import("../../../common/errors.ts");
  throw new InputError(`--${name}: only with --host`);
}

/** Adds `balloon-sim import`. */
export function register(program: Command): void {
  program
    .command("import")
    .summary("convert memory logs of other tools to traces")
    .description(
      "Converts memory logs to traces: those of balloon-sim record, esxtop, govc, sar, vmstat, Prometheus, and public data sets.",
    )
    .argument("[log...]", "files of one format, or - for standard input")
    .option("--list", "list the supported formats and the contents of each")
    .option("--json", "with --list: as JSON")
    .option("--from <format>", "the format; default: detected")
    .option("--vm <name>", "only the VM of that name or id; repeatable", collect)
    .option(
      "--host-log <log>",
      "a log of the host, whose balloon and target are joined to a guest's log; repeatable",
      collect,
    )
    .option(
      "--host-vm <name>",
      "the guest's name or id in the host's log (default: its own name, or the only VM in it)",
    )
    .option("--host-offset <time>", "add this to the host's times, such as 2s or -1h")
    .option("--host", "import the host with all its VMs: a host file and a trace for each VM, in the directory of -o")
    .option(
      "--host-name <name>",
      "with --host: the host's name or id, if the log has several, or does not tell it from VMs",
    )
    .option("--host-memory <size>", "with --host: memory of the host, if the log does not contain it")
    .option("--policy <name>", "with --host: the policy of the host (default: esx for hosts of VMware, else none)")
    .option("--vm-memory <name=size>", "with --host: RAM of a VM, if the log does not contain it; repeatable", collect)
    .option("--force", "with --host: in the place of a host file or traces that are there already")
    .option("-o, --output <path>", "write the trace to a file (JSON lines; one document if it ends in .json), or DIR/")
    .option("--memory <size>", "RAM of the guest, if the log does not contain it; with --host, of all such guests")
    .option("--swap <size>", "swap of the guest, if the log does not contain it")
    .option("--balloon <size>", "size of the balloon while the log was taken, if the log does not contain it")
    .option("--target <target>", "the host's target: a size, a part such as 40%, a file with a series, or policy:NAME")
    .option("--demand <model>", 'demand of the workload: a model of the format, or formulas such as "anon = active"')
    .option("--touch <rate>", "rate at which the workload touches its working set (default: 100MiB/s, assumed)")
    .option("--file-read <rate>", "rate at which the workload reads its files (default: 5MiB/s, assumed)")
    .option("--profile <kernel>", "profile of the guest: linux-6.1, linux-6.12, linux-2.6.32 or balloon-hw")
    .option("--tz <zone>", "zone of local times in the log, such as Europe/Berlin")
    .addOption(
      new Option("--date-order <order>", "order of ambiguous dates in the log, such as 05/06/2021").choices([
        "day-first",
        "month-first",
      ]),
    )
    .addOption(
      new Option(
        "--duplicates <policy>",
        "for samples with the same time: their mean, one of them, or an error",
      ).choices(["mean", "first", "last", "error"]),
    )
    .option("--unit <unit>", "unit of a log without units (vmstat -S): KiB, MiB, kB or MB")
    .option("--interval <time>", "time between the rows of a log without times, such as 10s")
    .option("--gap <time>", "a longer time without a sample is a gap (default: two steps of most formats)")
    .addOption(
      new Option("--damaged <policy>", "for damaged lines: end with an error, or skip them").choices(["error", "skip"]),
    )
    .option("-q, --quiet", "no progress bar")
    .addHelpText("after", EXAMPLES)
    .action(async (logs: string[], { host, ...options }: CommandOptions) => {
      if (options.json && !options.list) {
        const { InputError } = await import("../../../common/errors.ts");
        throw new InputError("--json: only with --list");
      }
      if (options.list) {
        const { printFormats } = await import("../print-formats.ts");
        printFormats(options);
      } else if (host) {
        const { importHost } = await import("../import-host.ts");
        await importHost(logs, options, program.version() ?? "");
      } else {
        await checkNoHostOption(options);
        const { importLog } = await import("../import-log.ts");
        await importLog(logs, options, program.version() ?? "");
      }
    });
}

import { type Command, Option } from "commander";
import { addDaemonOptions } from "../options.ts";
import type { EmulateOptions } from "../run-emulated.ts";

const EXAMPLES = `
The daemon and its pinned pages are real; only the host's answers come from a trace or a script. The daemon needs root to read
the frame numbers of its pages. It does not start if a real host answers the port instruction, not even with --force. The host
of --strict must be built first: "npm run build:native" in the package's directory. Without a trace the target of the host is an
eighth of the free memory, for half a minute.

Examples:
  $ sudo balloon-hw emulate                              a demonstration of one minute
  $ sudo balloon-hw emulate spike --cycles cycles.csv    the target of a bundled trace
  $ sudo balloon-hw emulate host.txt --for 5m            a script of the host's behaviour
  $ sudo balloon-hw emulate spike --strict               with a host that checks every frame (slow)`;

/** Adds `balloon-hw emulate`. */
export function register(program: Command): void {
  const command = addDaemonOptions(
    program
      .command("emulate")
      .summary("run the daemon under an emulated host, on any Linux machine")
      .description("Runs the daemon, with real pages, under an emulated host.")
      .argument("[trace]", "a trace, by file or bundled name, or a script of the host"),
  );
  command
    .option("--for <time>", "end after this time; default: a minute without a trace, else at a signal")
    .option("--force", "start on a virtual machine of VMware's, or where balloon-hw run is at work")
    .option("--dry-run", "take no pages: the log says what would be done")
    .option("--strict", "a host in its own process, which ends the daemon at the first frame that is not its own")
    .addOption(new Option("--inside-strict-host").hideHelp())
    .addHelpText("after", EXAMPLES)
    .action(async (trace: string | undefined, options: EmulateOptions) => {
      const { saidSettings } = await import("../options.ts");
      const { runEmulated } = await import("../run-emulated.ts");
      await runEmulated(trace, options, saidSettings(command));
    });
}

import { type Command, Option } from "commander";
import { addDaemonOptions } from "../options.ts";
import type { EmulateOptions } from "../run-emulated.ts";

const EXAMPLES = `
The daemon is the same, its pages are real and pinned; only the host's answers come from a trace or a script. It needs root,
for the frame numbers of its pages. Where a real host answers the port instruction it does not start, --force or not. The host
of --strict has to be built first: "npm run build:native" in the package's directory. Without a trace a host asks for an eighth of the free memory, for half a minute.

Examples:
  $ sudo balloon-hw emulate                              a minute's demonstration
  $ sudo balloon-hw emulate spike --cycles cycles.csv    the target of a bundled trace, as balloon-sim run has it
  $ sudo balloon-hw emulate host.txt --for 5m            a script of the host's behaviour
  $ sudo balloon-hw emulate spike --strict               under a host that checks every frame (slow)`;

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
    .option("--strict", "a host in a process of its own, that ends the daemon at the first frame that is not its own")
    .addOption(new Option("--inside-strict-host").hideHelp())
    .addHelpText("after", EXAMPLES)
    .action(async (trace: string | undefined, options: EmulateOptions) => {
      const { saidSettings } = await import("../options.ts");
      const { runEmulated } = await import("../run-emulated.ts");
      await runEmulated(trace, options, saidSettings(command));
    });
}

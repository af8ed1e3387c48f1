import type { Command } from "commander";
import type { ExploreOptions } from "../explore-traces.ts";

const EXAMPLES = `
The page contains the simulator, and runs it in the browser: every parameter of the driver, the guest, its workloads and the
host's target can be moved, and the curves follow. It is a single file that needs no network. The same traces give the same bytes.
Of hosts, the page runs all their VMs: the policy of the host and its parameters, its memory, and the balloon driver can be moved.

Examples:
  $ balloon-sim explore -o explore.html                     the bundled traces
  $ balloon-sim explore spike mine.json -o explore.html     these traces
  $ balloon-sim explore study.jsonl -o explore.html         the traces of a study, and the rates of its best trials
  $ balloon-sim explore hosts/office -o explore.html        a host with its VMs`;

/** Adds `balloon-sim explore`. */
export function register(program: Command): void {
  program
    .command("explore")
    .summary("make a page in which curves follow sliders")
    .description(
      "Makes one HTML page with the simulator in it, in which a run follows the hand that moves its settings.",
    )
    .argument(
      "[trace...]",
      "traces that the page offers, the first of them at once, studies of tune, or hosts; default: the bundled traces",
    )
    .option("-o, --output <file>", "write the page to this file, required; - for standard output")
    .addHelpText("after", EXAMPLES)
    .action(async (traces: string[], options: ExploreOptions) => {
      const { exploreTraces } = await import("../explore-traces.ts");
      await exploreTraces(traces, options, program.version() ?? "");
    });
}

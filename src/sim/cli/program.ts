import type { Command } from "commander";
import { commandLine, registerNamed } from "../../common/cli/command-line.ts";

/**
 * The commands in the order of the help; each module registers one command and loads its code when the command runs.
 */
const COMMANDS = {
  run: () => import("./commands/run.ts"),
  host: () => import("./commands/host.ts"),
  validate: () => import("./commands/validate.ts"),
  step: () => import("./commands/step.ts"),
  why: () => import("./commands/why.ts"),
  show: () => import("./commands/show.ts"),
  import: () => import("./commands/import.ts"),
  record: () => import("./commands/record.ts"),
  shadow: () => import("./commands/shadow.ts"),
  rates: () => import("./commands/rates.ts"),
  sweep: () => import("./commands/sweep.ts"),
  tune: () => import("./commands/tune.ts"),
  study: () => import("./commands/study.ts"),
  compare: () => import("./commands/compare.ts"),
  merge: () => import("./commands/merge.ts"),
  worker: () => import("./commands/worker.ts"),
  generate: () => import("./commands/generate.ts"),
  fuzz: () => import("./commands/fuzz.ts"),
  report: () => import("./commands/report.ts"),
  explore: () => import("./commands/explore.ts"),
  conform: () => import("./commands/conform.ts"),
  fidelity: () => import("./commands/fidelity.ts"),
  calibrate: () => import("./commands/calibrate.ts"),
  capacity: () => import("./commands/capacity.ts"),
  "host-policy": () => import("./commands/host-policy.ts"),
} as const;

const EXAMPLES = `
Examples:
  $ balloon-sim run spike                     the bundled trace "spike", as CSV
  $ balloon-sim run spike --summary           a summary of the run
  $ balloon-sim run spike --plot              its curves in the terminal
  $ balloon-sim show spike                    a description of the trace
  $ balloon-sim rates                         the constants of the driver
  $ source <(balloon-sim completion bash)     completion by the tab key

Drivers: vmmemctl (VMware's 1.2.1.2-k, the default), vmw-balloon, virtio-balloon, open-vm-tools (docs/drivers.md)
Exit status: 0 done, 1 the run failed, 2 the input or the command line can't be used.
BALLOON_DEBUG=1 shows the stacks of errors; NO_COLOR disables colours.`;

/**
 * The command line for these arguments. Only the named command is loaded, so that the start is fast; all commands are
 * loaded for help or for a hint.
 */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = commandLine("balloon-sim")
    .description("Replays memory-pressure traces against the policies of balloon drivers.")
    .addHelpText("after", EXAMPLES);
  await registerNamed(program, COMMANDS, args);
  const named = args[0] === "help" ? args[1] : args[0];
  if (named === "completion" || named === "complete") {
    const { addCompletion } = await import("./completion/command.ts");
    addCompletion(program);
  } else {
    program.command("completion <shell>").summary("print a completion script for zsh, bash, fish or powershell");
  }
  return program;
}

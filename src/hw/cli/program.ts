import type { Command } from "commander";
import { commandLine, registerNamed } from "../../common/cli/command-line.ts";
import { EXIT_REASONS } from "../exit-codes.ts";

/**
 * The commands in the order of the help; each module registers one command and loads its code when the command runs.
 */
const COMMANDS = {
  run: () => import("./commands/run.ts"),
  check: () => import("./commands/check.ts"),
  status: () => import("./commands/status.ts"),
  freeze: () => import("./commands/freeze.ts"),
  drain: () => import("./commands/drain.ts"),
  limit: () => import("./commands/limit.ts"),
  thaw: () => import("./commands/thaw.ts"),
  emulate: () => import("./commands/emulate.ts"),
  retire: () => import("./commands/retire.ts"),
} as const;

const EXIT_STATUS = Object.values(EXIT_REASONS)
  .map(({ exitCode, meaning }) => `  ${exitCode}  ${meaning}`)
  .join("\n");

const AFTER = `
Examples:
  $ sudo balloon-hw check        the requirements on this machine
  $ sudo balloon-hw run          the daemon, in the foreground
  $ sudo balloon-hw status       the state of the daemon
  $ sudo balloon-hw freeze       the balloon keeps its size, until thaw
  $ sudo balloon-hw emulate      the daemon under an emulated host, on any machine
  $ sudo balloon-hw shadow       beside the kernel's own driver: what balloon-hw would have done (shadow --help)

Exit status:
   0  done
   1  an unexpected failure
   2  the command line or a file can't be used
${EXIT_STATUS}
BALLOON_DEBUG=1 shows the stacks of errors.`;

/** The command line for these arguments. Only the named command is loaded. */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = commandLine("balloon-hw")
    .description("The policy of VMware's Linux balloon driver 1.2.1.2-k as a daemon on a real machine.")
    .addHelpText("after", AFTER);
  await registerNamed(program, COMMANDS, args);
  return program;
}

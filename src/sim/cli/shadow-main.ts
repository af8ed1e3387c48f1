import { commandLine, registerNamed, runCommandLine } from "../../common/cli/command-line.ts";

/** The commands that `balloon-hw` has from the simulator, by their names for both programs. */
const COMMANDS = { shadow: () => import("./commands/shadow.ts") } as const;

/** Exit code of `balloon-hw` if too few files may be open at once (src/hw/exit-codes.ts). */
const FEW_FILES = 32;

/**
 * The commands of `balloon-hw` that are the simulator's: the launcher (bin/balloon-hw.js) starts this module for them, so that
 * neither the daemon has code of the simulator, nor an operator another program.
 */
export const main = (args: readonly string[]): Promise<void> =>
  runCommandLine(
    "balloon-hw",
    async () => {
      const program = commandLine("balloon-hw");
      await registerNamed(program, COMMANDS, args);
      return program;
    },
    args,
    FEW_FILES,
  );

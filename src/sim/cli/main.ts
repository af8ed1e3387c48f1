import { runCommandLine } from "../../common/cli/command-line.ts";
import { createProgram } from "./program.ts";

/** The command `balloon-sim`. */
export const main = (args: readonly string[]): Promise<void> => runCommandLine("balloon-sim", createProgram, args);

import { runCommandLine } from "../../common/cli/command-line.ts";
import { EXIT_REASONS } from "../exit-codes.ts";
import { createProgram } from "./program.ts";

/** The command `balloon-hw`. */
export const main = (args: readonly string[]): Promise<void> =>
  runCommandLine("balloon-hw", createProgram, args, EXIT_REASONS.FEW_FILES.exitCode);

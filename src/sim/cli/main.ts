import { CommanderError } from "commander";
import { failureOf } from "../../common/cli/failure.ts";
import { warn } from "../../common/cli/output.ts";
import { createProgram } from "./program.ts";

/**
 * The command `balloon-sim`: does what the arguments say, prints errors as one line on standard error and sets the exit
 * code of the process.
 */
export async function main(args: readonly string[]): Promise<void> {
  process.on("uncaughtException", (error) => {
    fail(error);
    process.exit();
  });
  try {
    const program = await createProgram(args);
    await program.parseAsync(args as string[], { from: "user" });
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): void {
  // How --help and --version end.
  if (error instanceof CommanderError && error.exitCode === 0) return;
  const { exitCode, line } = failureOf(error);
  if (line !== null) warn(`balloon-sim: ${line}`);
  process.exitCode = exitCode;
}

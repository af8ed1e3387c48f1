import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { bundledTraces } from "../trace/bundled.ts";

/** Adds `completion SHELL`, which prints a script for the shell, and `complete`, which that script asks. */
export function addCompletion(program: Command): void {
  const root = tab(program, { completionCommandName: "completion" });
  for (const name of ["run", "show", "validate"]) {
    const command = root.commands.get(name);
    for (const argument of command?.arguments.values() ?? []) {
      argument.handler = (complete) => {
        for (const trace of bundledTraces()) complete(trace, "bundled trace");
      };
    }
  }
}

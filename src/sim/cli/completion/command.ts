import { Argument, type Command } from "commander";
import { print } from "../../../common/cli/output.ts";
import { offersFor } from "./offers.ts";
import { SCRIPTS } from "./scripts.ts";

const EXAMPLES = `
Examples:
  $ source <(balloon-sim completion bash)                                     in this shell
  $ balloon-sim completion fish > ~/.config/fish/completions/balloon-sim.fish in all new shells`;

/** Adds `completion SHELL`, which prints a script for the shell, and `complete`, which that script asks. */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .summary("print a completion script for zsh, bash, fish or powershell")
    .description("Prints a script with which a shell completes commands, options, traces and files at the tab key.")
    .addArgument(new Argument("<shell>", "what the script is for").choices([...SCRIPTS.keys()]))
    .addHelpText("after", EXAMPLES)
    .action((shell: string) => print(SCRIPTS.get(shell) as string));
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action((words: readonly string[]) => {
      const lines = offersFor(program, words).map(({ value, description }) => `${value}\t${description}\n`);
      print(lines.join(""));
    });
}

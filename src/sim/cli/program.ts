import { readFileSync } from "node:fs";
import { Command, type CommanderError } from "commander";
import { InputError } from "../errors.ts";
import * as conform from "./commands/conform.ts";
import * as rates from "./commands/rates.ts";
import * as run from "./commands/run.ts";
import * as show from "./commands/show.ts";
import * as validate from "./commands/validate.ts";
import { print, warn } from "./output.ts";

const EXAMPLES = `
Examples:
  $ balloon-sim run spike                     the bundled trace "spike", as CSV
  $ balloon-sim run spike --summary           what came of it
  $ balloon-sim run spike --plot              and how it looks
  $ balloon-sim show spike                    what is in the trace
  $ balloon-sim rates                         the constants of the driver
  $ source <(balloon-sim completion bash)     completion by the tab key

Exit status: 0 done, 1 the run failed, 2 the input or the command line can't be used.
BALLOON_DEBUG=1 shows the stacks of errors; NO_COLOR is honoured.`;

/** Version of the package. */
export function version(): string {
  const file = new URL("../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/**
 * The command line, for these arguments. Nothing heavy is imported before a command runs, so that the start stays short.
 * Usage errors are thrown as `InputError`, what `--help` and `--version` end with as `CommanderError`.
 */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command("balloon-sim")
    .description("Replays memory-pressure traces against the policy of VMware's Linux balloon driver 1.2.1.2-k.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .showSuggestionAfterError()
    .addHelpText("after", EXAMPLES)
    .configureOutput({
      writeOut: (text) => print(text),
      writeErr: (text) => warn(text.trimEnd()),
      // The message travels with the error that follows, and is printed where all errors are.
      outputError: () => {},
    })
    .exitOverride((error: CommanderError) => {
      if (error.exitCode === 0) throw error;
      throw new InputError(usageMessage(error));
    });
  for (const { register } of [run, validate, show, rates, conform]) register(program);
  const named = args[0] === "help" ? args[1] : args[0];
  if (named === "completion" || named === "complete") {
    const { addCompletion } = await import("./completion.ts");
    addCompletion(program);
  } else {
    program.command("completion <shell>").summary("print a completion script for zsh, bash, fish or powershell");
  }
  return program;
}

/** Commander's message on one line: `unknown option '--sumary' (Did you mean --summary?)`. */
function usageMessage(error: CommanderError): string {
  if (error.code === "commander.help") return "a command is missing: see balloon-sim --help";
  return error.message.replace(/^error: /, "").replace(/\n/g, " ");
}

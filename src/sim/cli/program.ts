import { readFileSync } from "node:fs";
import { Command, type CommanderError } from "commander";
import { print, warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";

/** The commands in the order of the help; each module registers one and imports its work when it runs. */
const COMMANDS = {
  run: () => import("./commands/run.ts"),
  validate: () => import("./commands/validate.ts"),
  show: () => import("./commands/show.ts"),
  import: () => import("./commands/import.ts"),
  record: () => import("./commands/record.ts"),
  rates: () => import("./commands/rates.ts"),
  conform: () => import("./commands/conform.ts"),
} as const;

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
 * The command line, for these arguments. Only the command that they name is loaded, so that the start stays short; all are
 * where help or a hint may be needed.
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
  const [first = ""] = args;
  const loaders = Object.hasOwn(COMMANDS, first) ? [COMMANDS[first as keyof typeof COMMANDS]] : Object.values(COMMANDS);
  for (const load of loaders) (await load()).register(program);
  const named = first === "help" ? args[1] : first;
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

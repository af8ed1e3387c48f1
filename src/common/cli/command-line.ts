import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import { InputError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { quote } from "../quote.ts";
import { failureOf } from "./failure.ts";
import { print, warn } from "./output.ts";
import { UsageCommand } from "./usage-command.ts";

const VERSION_FLAGS: readonly string[] = ["-V", "--version"];

let knownVersion: string | undefined;
let knownCommit: string | null | undefined;

/** Version of the running code; read once, because the package may be replaced while the process runs. */
export function version(): string {
  const file = join(import.meta.dirname, "../../../package.json");
  knownVersion ??= (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  return knownVersion;
}

/**
 * The commit that the running code was made of, `HASH` or `HASH+changes`, as the packages and the package file of npm know it; null:
 * unknown, as in a clone. Read once, as the version.
 */
export function commit(): string | null {
  if (knownCommit === undefined) knownCommit = readCommit();
  return knownCommit;
}

function readCommit(): string | null {
  try {
    const text = readFileSync(join(import.meta.dirname, "../../../commit.json"), "utf8");
    const { commit: known } = JSON.parse(text) as { commit: string };
    return known === "unknown" ? null : known;
  } catch {
    // A clone has none.
    return null;
  }
}

/** The version for people, with the commit if that is known. */
export function versionText(): string {
  const of = commit();
  return of === null ? version() : `${version()} (commit ${of})`;
}

/**
 * A command line without commands. Throws usage errors as `InputError`; `--help` and `--version` end with a
 * `CommanderError`.
 */
export function commandLine(name: string): Command {
  return new UsageCommand(name)
    .version(versionText(), VERSION_FLAGS.join(", "), "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: (text) => print(text), writeErr: (text) => warn(text.trimEnd()) })
    .exitOverride((error: CommanderError) => {
      throw error.exitCode === 0 ? error : new InputError("a command is missing");
    });
}

/** The module of a command. `register` adds the command to the program; its arguments may decide what the command has. */
export interface CommandModule {
  register(program: Command, args: readonly string[]): void | Promise<void>;
}

/**
 * Adds only the command that the arguments name, which shortens the start; all commands if they name none, for the help or
 * a hint; no command if they begin with --version, which ends the program.
 * @param loaders load the modules of the commands, by name, in the order of the help
 */
export async function registerNamed(
  program: Command,
  loaders: Readonly<Record<string, () => Promise<CommandModule>>>,
  args: readonly string[],
): Promise<void> {
  const [first = ""] = args;
  if (VERSION_FLAGS.includes(first)) return;
  const named = Object.hasOwn(loaders, first) ? loaders[first] : undefined;
  for (const load of named === undefined ? Object.values(loaders) : [named]) {
    await (await load()).register(program, args);
  }
}

/**
 * Executes the arguments, prints errors as one line on standard error and sets the exit code of the process.
 * @param create the command line for these arguments
 * @param fewFiles exit code if too few files may be open at once; 1 by default
 */
export async function runCommandLine(
  name: string,
  create: (args: readonly string[]) => Promise<Command>,
  args: readonly string[],
  fewFiles?: number,
): Promise<void> {
  process.on("uncaughtException", (error) => {
    fail(name, error, fewFiles);
    process.exit();
  });
  try {
    const program = await create(args);
    const topic = helpTopic(program, args);
    if (topic !== null) topic.outputHelp();
    else await program.parseAsync(args as string[], { from: "user" });
  } catch (error) {
    fail(name, error, fewFiles);
  }
}

/**
 * The command whose help `help NAME…` asks for, of the program or of a command with subcommands; null for other command
 * lines. Commander looks at one name only, and prints the whole help if no command has this name.
 * @throws {InputError} naming the unknown command
 */
function helpTopic(program: Command, args: readonly string[]): Command | null {
  let command = program;
  let asked = false;
  for (const [i, arg] of args.entries()) {
    if (arg === "help" && command.commands.length > 0) {
      asked = true;
      continue;
    }
    const next = command.commands.find((sub) => sub.name() === arg);
    if (next === undefined && asked && !arg.startsWith("-")) {
      const names = command.commands.map((sub) => sub.name());
      const before = args.slice(0, i).join(" ");
      throw new InputError(
        `${before} ${quote(arg)}: unknown ${kindOf(command)}${didYouMean(arg, names)} (--help lists them)`,
      );
    }
    if (next === undefined) break;
    command = next;
  }
  return asked ? command : null;
}

/** What the subcommands of a command are: commands, for most. */
const kindOf = (command: Command): string => (command instanceof UsageCommand ? command.subcommandKind : "command");

function fail(name: string, error: unknown, fewFiles: number | undefined): void {
  // --help and --version end with this error.
  if (error instanceof CommanderError && error.exitCode === 0) return;
  const { exitCode, line } = failureOf(error, fewFiles);
  if (line !== null) warn(`${name}: ${line}`);
  process.exitCode = exitCode;
}

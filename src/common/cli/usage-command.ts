import {
  type Argument,
  Command,
  type ErrorOptions,
  type Option,
  type OptionValueSource,
  type ParseOptionsResult,
} from "commander";
import { InputError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { quote } from "../quote.ts";

/**
 * A command (with its subcommands) that reports usage errors in one line, in the style of all other messages. Commander
 * reports the error by a code; the names and values of the message come from the command itself.
 */
export class UsageCommand extends Command {
  /** What its subcommands are, in messages. */
  subcommandKind = "command";
  #argv: readonly string[] = [];
  #unknown: readonly string[] = [];

  override createCommand(name?: string): Command {
    return new UsageCommand(name);
  }

  override parseOptions(argv: string[]): ParseOptionsResult {
    this.#argv = argv;
    const parsed = super.parseOptions(argv);
    this.#unknown = parsed.unknown;
    return parsed;
  }

  override addOption(option: Option): this {
    checkChoice(option, option.long ?? option.flags);
    return super.addOption(option);
  }

  override addArgument(argument: Argument): this {
    checkChoice(argument, argument.name());
    return super.addArgument(argument);
  }

  /**
   * Refuses a second value of an option that has one: which of the two was meant is unknown. Options that collect their values
   * in a list may be repeated, and so may flags, which then say the same.
   * @throws {InputError} naming the option
   */
  override setOptionValueWithSource(key: string, value: unknown, source: OptionValueSource): this {
    if (source === "cli" && this.getOptionValueSource(key) === "cli" && !Array.isArray(value)) {
      const option = this.options.find((one) => one.attributeName() === key && (one.required || one.optional));
      if (option !== undefined) throw new InputError(`${option.long ?? option.flags}: is given twice: give it once`);
    }
    return super.setOptionValueWithSource(key, value, source);
  }

  /** @throws {InputError} always; with commander's message for codes that no command of this program can cause */
  override error(message: string, { code }: ErrorOptions = {}): never {
    throw new InputError(this.#wording(code) ?? message.replace(/^error: /, ""));
  }

  #wording(code: string | undefined): string | undefined {
    switch (code) {
      case "commander.unknownCommand":
        return this.unknownSubcommand(this.args[0] ?? "");
      case "commander.unknownOption":
        return this.#unknownOption(this.#unknown[0] ?? "");
      case "commander.optionMissingArgument":
        return missingValue(this.#lastOption());
      case "commander.missingArgument":
        return `the argument <${this.#missingArgument()?.name()}> is missing (see --help)`;
      case "commander.excessArguments":
        return this.#excessArguments();
      default:
        return undefined;
    }
  }

  /** The message about a subcommand that does not exist. */
  unknownSubcommand(name: string): string {
    const known = this.createHelp().visibleCommands(this);
    const near = didYouMean(
      name,
      known.map((command) => command.name()),
    );
    return `unknown ${this.subcommandKind} ${quote(name)}${near} (--help lists them)`;
  }

  #unknownOption(flag: string): string {
    const isLong = /^--\w/.test(flag);
    // A name of one or two letters is similar to every short name.
    const near = isLong && flag.length > 4 ? didYouMean(flag, this.#longNames()) : "";
    const dash = isLong ? "" : "; put -- before a name that begins with -";
    return `unknown option ${quote(flag)}${near} (--help lists them${dash})`;
  }

  /** `--name` of all options of this command and of its parent commands. */
  #longNames(): string[] {
    const names: string[] = [];
    for (let command: Command | null = this; command !== null; command = command.parent) {
      names.push(
        ...command
          .createHelp()
          .visibleOptions(command)
          .flatMap(({ long }) => long ?? []),
      );
    }
    return names;
  }

  /** The option at the end of the command line, alone or the last letter of a group such as `-qo`. */
  #lastOption(): Option | undefined {
    const last = this.#argv.at(-1) ?? "";
    const named = (name: string) => this.options.find(({ long, short }) => long === name || short === name);
    return named(last) ?? named(`-${last.at(-1)}`);
  }

  #missingArgument(): Argument | undefined {
    return this.registeredArguments.find(({ required }, i) => required && this.args[i] === undefined);
  }

  #excessArguments(): string {
    const expected = this.registeredArguments.length;
    const of = this.parent === null ? "" : `${this.name()}: `;
    return `${of}expected ${expected} ${expected === 1 ? "argument" : "arguments"}, found ${this.args.length}`;
  }
}

/** Names the values of an option with choices, else says what its value is for, as its help does. */
function missingValue(option: Option | undefined): string | undefined {
  if (option === undefined) return undefined;
  const { argChoices, description } = option;
  const expected = argChoices === undefined ? /[<[].*$/.exec(option.flags) : either(argChoices);
  const what = argChoices !== undefined || description === "" ? "" : `: ${description}`;
  return `${option.long ?? option.short}: expected ${expected} after it${what}`;
}

/** Lets an option or argument with choices refuse other values in the style of all messages. */
function checkChoice(target: Option | Argument, shown: string): void {
  const { argChoices } = target;
  if (argChoices === undefined || target.variadic) return;
  target.argParser((value: string) => {
    if (argChoices.includes(value)) return value;
    throw new InputError(`${shown} ${quote(value)}: expected ${either(argChoices)}`);
  });
}

/** `a, b or c`. */
const either = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;

import type { Command, Option } from "commander";
import { type Offer, valuesOfArgument, valuesOfOption } from "./values.ts";

/**
 * The words that are valid at the cursor.
 * @param words words of the command line after the name of the program; the last one is under the cursor, and may be empty
 */
export function offersFor(program: Command, words: readonly string[]): readonly Offer[] {
  const typed = words.at(-1) ?? "";
  const line = new CommandLine(program);
  for (const word of words.slice(0, -1)) line.take(word);
  const { begin, offers } = line.next(typed);
  return offers.filter(({ value }) => value.startsWith(begin));
}

/** A command line that is read word by word up to the cursor. */
class CommandLine {
  /** Name of the command as a user writes it, without that of the program. */
  #name = "";
  #command: Command;
  /** The option whose value comes next. */
  #open: Option | undefined;
  /** Whether the line contains `--`, after which there are no options. */
  #isPlain = false;

  constructor(program: Command) {
    this.#command = program;
  }

  take(word: string): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined && takes(open, word)) return;
    if (word === "--") this.#isPlain = true;
    else if (this.#mayBeOption(word)) this.#open = this.#optionBefore(word);
    else this.#enter(word);
  }

  /** The valid next words, and the text that they must begin with. */
  next(typed: string): { begin: string; offers: readonly Offer[] } {
    const open = this.#open;
    if (open !== undefined && takes(open, typed)) return { begin: typed, offers: this.#valuesOf(open, typed) };
    const equals = typed.indexOf("=");
    if (this.#mayBeOption(typed) && equals !== -1) {
      const value = typed.slice(equals + 1);
      const option = this.#optionBefore(typed.slice(0, equals));
      return { begin: value, offers: option === undefined ? [] : this.#valuesOf(option, value) };
    }
    return { begin: typed, offers: this.#mayBeOption(typed) ? this.#options(typed) : this.#arguments(typed) };
  }

  #enter(word: string): void {
    const next = this.#command.commands.find((command) => command.name() === word);
    if (next === undefined) return;
    this.#command = next;
    this.#name = `${this.#name} ${word}`.trimStart();
  }

  #mayBeOption(word: string): boolean {
    return !this.#isPlain && word.startsWith("-");
  }

  /** The option that a word names, if a value may follow it. */
  #optionBefore(word: string): Option | undefined {
    const option = this.#command.options.find(({ short, long }) => short === word || long === word);
    return option?.required || option?.optional ? option : undefined;
  }

  #valuesOf(option: Option, typed: string): readonly Offer[] {
    return valuesOfOption(this.#name, option.name())?.(typed) ?? named(option.argChoices);
  }

  #options(typed: string): Offer[] {
    const help = this.#command.createHelp();
    return help.visibleOptions(this.#command).flatMap(({ short, long, description }) => {
      // One of each option is enough: the long names, unless a short one has been begun.
      const value = typed.startsWith("--") || short === undefined ? long : short;
      return value === undefined ? [] : { value, description };
    });
  }

  #arguments(typed: string): readonly Offer[] {
    const command = this.#command;
    const help = command.createHelp();
    if (command.commands.length > 0) {
      return help
        .visibleCommands(command)
        .map((sub) => ({ value: sub.name(), description: help.subcommandDescription(sub) }));
    }
    return valuesOfArgument(this.#name)?.(typed) ?? named(command.registeredArguments[0]?.argChoices);
  }
}

/** Whether a word after an option is its value. If the value is optional, a word that looks like an option is not. */
const takes = (option: Option, word: string): boolean => option.required || !word.startsWith("-");

const named = (choices: readonly string[] | undefined): readonly Offer[] =>
  (choices ?? []).map((value) => ({ value, description: "" }));

import type { CommanderError } from "commander";
import { quote } from "../quote.ts";

/** `; did you mean "run"?`, as the end of a message. */
const meant = (names: string | undefined): string =>
  names === undefined ? "" : `; did you mean ${either(names.replace(/[^, ]+/g, '"$&"'))}?`;

const SUGGESTED = String.raw`(?: \(Did you mean (?:one of )?(.+)\?\))?$`;

/** What commander says, and how all other messages would say it. */
const WORDINGS: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  [
    new RegExp(`^unknown command '(.*?)'${SUGGESTED}`),
    (command = "", near) => `unknown command ${quote(command)}${meant(near)} (--help lists them)`,
  ],
  [
    new RegExp(`^unknown option '(.*?)'${SUGGESTED}`),
    (option = "", near) =>
      `unknown option ${quote(option)}${meant(near)} (--help lists them${/^--\w/.test(option) ? "" : "; a name that begins with - comes after --"})`,
  ],
  [/^option '(?:-\w, )?(--[\w-]+) (.+)' argument missing$/, (option, value) => `${option}: expected ${value} after it`],
  [
    /^option '(?:-\w, )?(--[\w-]+)[^']*' argument '(.*)' is invalid\. Allowed choices are (.+)\.$/,
    (option, value = "", choices = "") => `${option} ${quote(value)}: expected ${either(choices)}`,
  ],
  [
    /^command-argument value '(.*)' is invalid for argument '(.+)'\. Allowed choices are (.+)\.$/,
    (value = "", argument, choices = "") => `${argument} ${quote(value)}: expected ${either(choices)}`,
  ],
  [/^missing required argument '(.+)'$/, (argument) => `the argument <${argument}> is missing (--help says more)`],
  [
    /^too many arguments(?: for '(.+)')?\. Expected (\d+) arguments? but got (\d+)\.$/,
    (command, expected, found) =>
      `${command === undefined ? "" : `${command}: `}expected ${expected} ${expected === "1" ? "argument" : "arguments"}, found ${found}`,
  ],
];

/** `a, b, c` as `a, b or c`. */
const either = (list: string): string => list.replace(/, (?=[^,]*$)/, " or ");

/** What is wrong with a command line, in the words of all other messages. */
export function usageMessage(error: CommanderError): string {
  if (error.code === "commander.help") return "a command is missing";
  const said = error.message.replace(/^error: /, "").replace(/\n/g, " ");
  for (const [pattern, wording] of WORDINGS) {
    const match = pattern.exec(said);
    if (match !== null) return wording(...match.slice(1));
  }
  return said;
}

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./project.mjs";

/**
 * The completion of balloon-hw for bash, made of the command line itself: commands, options, and the values of options that
 * have a fixed set of them. Arguments and other values are completed with files.
 */
export async function bashCompletion() {
  const { createProgram } = await import(pathToFileURL(join(ROOT, "dist/hw/cli/program.js")).href);
  const program = await createProgram([]);
  /** @type {string[]} */
  const cases = [];
  for (const command of program.commands) {
    const names = command
      .createHelp()
      .visibleOptions(command)
      .flatMap((/** @type {import("commander").Option} */ { long }) => long ?? []);
    cases.push(`    ${command.name()}) options="${names.join(" ")}" ;;`);
  }
  const values = new Map();
  for (const { long, argChoices } of program.commands.flatMap(
    (/** @type {import("commander").Command} */ command) => command.options,
  )) {
    if (argChoices !== undefined) values.set(long, argChoices);
  }
  const choices = [...values].map(
    ([long, names]) => `    ${long}) mapfile -t COMPREPLY < <(compgen -W "${names.join(" ")}" -- "$word"); return ;;`,
  );
  const commands = program.commands.map((/** @type {import("commander").Command} */ command) => command.name());
  return `# bash completion of balloon-hw, made of its command line
_balloon_hw() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} options
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "${[...commands, "help", "--help", "--version"].join(" ")}" -- "$word")
    return
  fi
  case $before in
${choices.join("\n")}
  esac
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
    help) options="${commands.join(" ")}" ;;
    *) options="" ;;
  esac
  if [[ $word == -* || \${COMP_WORDS[1]} == help ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _balloon_hw balloon-hw
`;
}

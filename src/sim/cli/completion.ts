import { readdirSync } from "node:fs";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { print } from "../../common/cli/output.ts";
import { POLICIES } from "../../engine/index.ts";
import { HOST_POLICIES } from "../host/policies/index.ts";
import { FORMATS } from "../import/formats/index.ts";

import { OBJECTIVES } from "../measures/objectives.ts";

import { columnNamed, columnNames } from "../output/columns.ts";
import { bundledTraces } from "../trace/bundled.ts";
import { MACHINES } from "../trace/machines.ts";
import { SAMPLERS } from "../tune/samplers/index.ts";
import { BASH_COMPLETION } from "./bash-completion.ts";

const EXAMPLES = `
Examples:
  $ source <(balloon-sim completion bash)                                     in this shell
  $ balloon-sim completion fish > ~/.config/fish/completions/balloon-sim.fish in every one`;

type Complete = (value: string, description: string) => void;
type Handler = (complete: Complete) => void;

const TRACE_FILES = /\.jsonl?$/;
const RATES_FILES = /\.json$/;
const RUN_FILES = /\.csv$/;
const STUDY_FILES = /\.jsonl$/;
const ANY_FILES = /^/;

const completeTraces: Handler = (complete) => {
  for (const trace of bundledTraces()) complete(trace, "bundled trace");
  completeFiles(complete, TRACE_FILES);
};
const completeObjectives: Handler = (complete) => {
  for (const { name, meaning } of OBJECTIVES) complete(name, meaning);
};

/** What may follow an option, by its name, or by those of its command and of it. */
const OPTION_HANDLERS: Readonly<Record<string, Handler>> = {
  output: (complete) => completeFiles(complete, ANY_FILES),
  rates: (complete) => completeFiles(complete, RATES_FILES),
  roles: (complete) => completeFiles(complete, RATES_FILES),
  columns: (complete) => {
    complete("all", "every column");
    complete("help", "list the columns");
    for (const name of columnNames()) complete(name, columnNamed(name)?.meaning ?? "");
  },
  from: (complete) => {
    for (const { name, title } of FORMATS) complete(name, title);
  },
  driver: (complete) => {
    for (const { name, description } of POLICIES.values()) complete(name, description);
  },
  target: (complete) => completeFiles(complete, ANY_FILES),
  machine: (complete) => {
    for (const { name } of MACHINES.values()) complete(name, "machine of the package");
    completeFiles(complete, RATES_FILES);
  },
  "import target": (complete) => {
    for (const { name } of HOST_POLICIES) complete(`policy:${name}`, "computed from the log");
    completeFiles(complete, ANY_FILES);
  },
  minimize: completeObjectives,
  maximize: completeObjectives,
  sampler: (complete) => {
    for (const { name, meaning } of SAMPLERS) complete(name, meaning);
  },
  aggregate: (complete) => {
    complete("mean", "the mean of the traces");
    complete("worst", "the worst of them");
    complete("weights", "their mean by --weight");
    complete("q0.9", "what nine of ten do no worse than");
  },
  holdout: completeTraces,
  on: completeTraces,
  study: (complete) => completeFiles(complete, STUDY_FILES),
  every: (complete) => {
    complete("change", "a row for every change");
    complete("cycle", "a row for every work cycle");
  },
};

/** What the arguments of a command may be, by its name. */
const ARGUMENT_HANDLERS: Readonly<Record<string, Handler>> = {
  run: completeTraces,
  show: completeTraces,
  step: completeTraces,
  validate: completeTraces,
  sweep: completeTraces,
  tune: completeTraces,
  compare: (complete) => {
    complete("default", "the driver's own constants");
    completeFiles(complete, RATES_FILES);
  },
  "study show": (complete) => completeFiles(complete, STUDY_FILES),
  "study best": (complete) => completeFiles(complete, STUDY_FILES),
  "study export": (complete) => completeFiles(complete, STUDY_FILES),
  conform: (complete) => completeFiles(complete, ANY_FILES),
  fidelity: (complete) => completeFiles(complete, RUN_FILES),
  import: (complete) => completeFiles(complete, ANY_FILES),
  report: (complete) => completeFiles(complete, ANY_FILES),
  generate: (complete) => complete("fleet", "traces of many guests"),
};

/**
 * Adds `completion SHELL`, which prints a script for the shell, and `complete`, which that script asks. The scripts leave
 * files to the command, so their names are offered here.
 */
export function addCompletion(program: Command): void {
  const root = tab(program, { completionCommandName: "completion" });
  const completion = program.commands.find((command) => command.name() === "completion");
  describe(completion);
  completion?.action((shell: string) => {
    // The library's script for bash can't be sourced twice, and needs another package.
    if (shell === "bash") print(BASH_COMPLETION);
    else root.setup(program.name(), program.name(), shell);
  });
  // The library prints by console.log, which keeps silent where standard output can't be written.
  console.log = (text: string) => print(`${text}\n`);
  for (const [name, command] of root.commands) {
    for (const option of command.options.values()) {
      const handler = OPTION_HANDLERS[`${name} ${option.value}`] ?? OPTION_HANDLERS[option.value];
      if (handler !== undefined) option.handler = handler;
    }
  }
  for (const [name, handler] of Object.entries(ARGUMENT_HANDLERS)) {
    for (const argument of root.commands.get(name)?.arguments.values() ?? []) argument.handler = handler;
  }
}

/** Says what the library's command is in the words of the others. */
function describe(command: Command | undefined): void {
  command
    ?.summary("print a completion script for zsh, bash, fish or powershell")
    .description("Prints a script by which a shell completes commands, options, traces and files at the tab key.")
    .addHelpText("after", EXAMPLES);
  const [shell] = command?.registeredArguments ?? [];
  if (shell !== undefined) shell.description = "what the script is for";
}

/** Offers the files and directories that begin with the word under the cursor, which is the last argument. */
function completeFiles(complete: Complete, files: RegExp): void {
  const word = process.argv.at(-1) ?? "";
  let names = namesFrom(word, files);
  // A directory alone would be completed with a space behind it: go into it instead.
  for (let [only] = names; names.length === 1 && only?.endsWith("/"); [only] = names) names = namesFrom(only, files);
  for (const name of names) complete(name, name.endsWith("/") ? "directory" : "file");
}

function namesFrom(word: string, files: RegExp): string[] {
  const folder = word.slice(0, word.lastIndexOf("/") + 1);
  const begin = word.slice(folder.length);
  try {
    return readdirSync(folder === "" ? "." : folder, { withFileTypes: true })
      .filter(({ name }) => name.startsWith(begin) && (begin !== "" || !name.startsWith(".")))
      .filter((entry) => entry.isDirectory() || files.test(entry.name))
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`)
      .sort();
  } catch {
    // A folder that can't be read has nothing to offer.
    return [];
  }
}

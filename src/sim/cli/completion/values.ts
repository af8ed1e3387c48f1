/** The valid values of options and arguments. */
import { readdirSync } from "node:fs";
import { escapeUnsafe } from "../../../common/quote.ts";
import { POLICIES } from "../../../engine/index.ts";
import { HOST_POLICIES } from "../../host/policies/index.ts";
import { HOST_FIGURES, VM_FIGURES } from "../../hosts/measures/figures.ts";
import { TARGET_POLICIES } from "../../hosts/policies/index.ts";
import { FORMATS } from "../../import/formats/index.ts";
import { columnNamed, columnNames, HOSTED_COLUMNS } from "../../output/columns.ts";
import { RANK_FIGURES } from "../../output/triage/figures.ts";
import { bundledHosts, bundledTraces } from "../../trace/bundled.ts";
import { machineNames } from "../../trace/machines.ts";
import { objectivesOf } from "../../tune/objectives.ts";
import { SAMPLERS } from "../../tune/samplers/index.ts";

/** A word that is valid at the cursor. */
export interface Offer {
  readonly value: string;
  /** Its meaning, in one line; may be empty. */
  readonly description: string;
}

/** Offers for a partly typed word; offers that begin differently are removed later. */
type Values = (typed: string) => readonly Offer[];

const TRACE_FILES = /\.jsonl?$/;
const RATES_FILES = /\.json$/;
const RUN_FILES = /\.csv$/;
const STUDY_FILES = /\.jsonl$/;
const POLICY_FILES = /\.[cm]?[jt]s$/;
const ANY_FILES = /^/;

const files =
  (wanted: RegExp): Values =>
  (typed) =>
    filesOffered(typed, wanted);
const offer = (value: string, description: string): Offer => ({ value, description });
const traces: Values = (typed) => [
  ...bundledTraces().map((trace) => offer(trace, "bundled trace")),
  ...filesOffered(typed, TRACE_FILES),
];
const tracesAndHosts: Values = (typed) => [
  ...bundledHosts().map((host) => offer(host, "bundled host")),
  ...traces(typed),
];
const policies: Values = () => [...TARGET_POLICIES.values()].map(({ name, meaning }) => offer(name, meaning));
const policiesAndFiles: Values = (typed) => [...policies(typed), ...filesOffered(typed, POLICY_FILES)];
const objectives: Values = () =>
  [...objectivesOf("trace"), ...objectivesOf("host")].map(({ name, meaning }) => offer(name, meaning));

const rankFigures: Values = () => RANK_FIGURES.map(({ name, meaning }) => offer(name, meaning));

const hosts: Values = (typed) => [
  ...bundledHosts().map((host) => offer(host, "bundled host")),
  ...filesOffered(typed, RATES_FILES),
];

const machines: Values = (typed) => [
  ...machineNames().map((name) => offer(name, "machine of the package")),
  ...filesOffered(typed, RATES_FILES),
];

/** What may follow an option, by its name, or by those of its command and of it. */
const OPTION_VALUES: Readonly<Record<string, Values>> = {
  output: files(ANY_FILES),
  rates: files(RATES_FILES),
  roles: files(RATES_FILES),
  "host vm-columns": () => [
    offer("all", "every column"),
    offer("host", "what the host does with the memory of the VM"),
    offer("help", "list the columns"),
    ...[...columnNames().map((name) => columnNamed(name)), ...HOSTED_COLUMNS].flatMap((column) =>
      column === undefined ? [] : offer(column.name, column.meaning),
    ),
  ],
  columns: () => [
    offer("all", "every column"),
    offer("help", "list the columns"),
    ...columnNames().map((name) => offer(name, columnNamed(name)?.meaning ?? "")),
  ],
  from: () => FORMATS.map(({ name, title }) => offer(name, title)),
  driver: () => [...POLICIES.values()].map(({ name, description }) => offer(name, description)),
  target: files(ANY_FILES),
  machine: machines,
  "calibrate base": machines,
  "import target": (typed) => [
    ...HOST_POLICIES.map(({ name }) => offer(`policy:${name}`, "computed from the log")),
    ...filesOffered(typed, ANY_FILES),
  ],
  "import policy": policies,
  "host policy": policiesAndFiles,
  policies: policies,
  "capacity require": () => [...VM_FIGURES, ...HOST_FIGURES].map(({ name, meaning }) => offer(name, meaning)),
  sort: rankFigures,
  warn: rankFigures,
  "sweep policy": policiesAndFiles,
  "tune policy": policiesAndFiles,
  minimize: objectives,
  maximize: objectives,
  sampler: () => SAMPLERS.map(({ name, meaning }) => offer(name, meaning)),
  aggregate: () => [
    offer("mean", "the mean of the traces"),
    offer("worst", "the worst of them"),
    offer("weights", "their mean by --weight"),
    offer("q0.9", "what nine of ten do no worse than"),
  ],
  holdout: tracesAndHosts,
  "compare on": tracesAndHosts,
  on: traces,
  study: files(STUDY_FILES),
  state: files(RATES_FILES),
  "queue-password-file": files(ANY_FILES),
  "queue-ca": files(ANY_FILES),
  every: () => [offer("change", "a row for every change"), offer("cycle", "a row for every work cycle")],
};

/** What the arguments of a command may be, by its name. */
const ARGUMENT_VALUES: Readonly<Record<string, Values>> = {
  run: traces,
  host: hosts,
  show: tracesAndHosts,
  step: traces,
  explore: tracesAndHosts,
  why: traces,
  validate: tracesAndHosts,
  capacity: hosts,
  sweep: tracesAndHosts,
  tune: tracesAndHosts,
  compare: (typed) => [offer("default", "the driver's own constants"), ...filesOffered(typed, RATES_FILES)],
  "study show": files(STUDY_FILES),
  "study best": files(STUDY_FILES),
  "study export": files(STUDY_FILES),
  merge: files(ANY_FILES),
  conform: files(ANY_FILES),
  fidelity: files(RUN_FILES),
  calibrate: files(RUN_FILES),
  import: files(ANY_FILES),
  report: files(ANY_FILES),
  generate: () => [offer("fleet", "traces of many guests")],
};

/**
 * The valid values of an option.
 * @param command names of its command and of the commands above it, with blanks between them, as in `study show`
 * @param option its name without dashes
 * @returns undefined if they are unknown
 */
export const valuesOfOption = (command: string, option: string): Values | undefined =>
  OPTION_VALUES[`${command} ${option}`] ?? OPTION_VALUES[option];

/** The valid arguments of a command; undefined if they are unknown. */
export const valuesOfArgument = (command: string): Values | undefined => ARGUMENT_VALUES[command];

/** The files and directories that begin with a word. */
function filesOffered(typed: string, wanted: RegExp): Offer[] {
  let names = namesFrom(typed, wanted);
  // A directory alone would be completed with a space behind it: go into it instead.
  for (let [only] = names; names.length === 1 && only?.endsWith("/"); [only] = names) names = namesFrom(only, wanted);
  return names.map((name) => offer(name, name.endsWith("/") ? "directory" : "file"));
}

function namesFrom(word: string, wanted: RegExp): string[] {
  const folder = word.slice(0, word.lastIndexOf("/") + 1);
  const begin = word.slice(folder.length);
  try {
    return (
      readdirSync(folder === "" ? "." : folder, { withFileTypes: true })
        .filter(({ name }) => name.startsWith(begin) && (begin !== "" || !name.startsWith(".")))
        .filter((entry) => entry.isDirectory() || wanted.test(entry.name))
        // In a shell a line break ends an offer, and a terminal interprets other control characters.
        .filter(({ name }) => escapeUnsafe(name) === name)
        .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`)
        .sort()
    );
  } catch {
    // A folder that can't be read has nothing to offer.
    return [];
  }
}

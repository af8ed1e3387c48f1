/** `balloon-sim report` of a host. */
import { STDOUT, warn } from "../../common/cli/output.ts";
import { writeAll } from "../../common/cli/text-sink.ts";
import { InputError } from "../../common/errors.ts";
import { fileArgument, shellLine } from "../../common/shell-line.ts";
import { formatSize, formatTime } from "../../common/units.ts";
import type { VmResult } from "../hosts/measures/results.ts";
import { shownValue } from "../hosts/params.ts";
import { runHostPaced } from "../hosts/run-host.ts";
import { isHostFile } from "../hosts/scenario/host-text.ts";
import { scenarioOf } from "../hosts/scenario/read.ts";
import type { HostScenario } from "../hosts/scenario/types.ts";
import { CurveRecorder } from "../report/host/curves.ts";
import { notesOf } from "../report/host/notes.ts";
import type { HostPageModel } from "../report/host/page.ts";
import { hostProperties, verdict, worstFirst } from "../report/host/summary.ts";
import { lostMostText, VM_FIGURE_COLUMNS } from "../report/host/vm-columns.ts";
import { shortTime } from "../report/host/words.ts";
import type { Cell } from "../report/html/parts.ts";
import { shownInput } from "../trace/input.ts";
import { hostDocument, untilRemark } from "./host/host-options.ts";
import type { RanHost } from "./host/ran-host.ts";
import { argumentFiles, checkOutput, optionFiles } from "./input-files.ts";
import { barTerminal, Progress } from "./jobs/progress.ts";
import type { ReportOptions } from "./run-for-report.ts";
import { withOutput } from "./with-output.ts";

/** Options of reports that a host does not have, and why. */
const NOT_FOR_HOSTS = {
  target: "the policy of the host sets the targets",
  machine: "the traces of its VMs name their machines",
  since: "a host runs from its beginning",
  sort: "its VMs are sorted by what they lost",
  warn: "it says which VMs lost most",
  worlds: "the page shows one run; balloon-sim host --worlds says how sure its figures are",
} as const;

/** Options that determine the result, in the order in which the page repeats them. */
const CONDITIONS = ["policy", "driver", "rates", "set", "seed", "until"] as const;

/**
 * Executes `balloon-sim report` of a host.
 * @throws {InputError}
 */
export async function reportHost(
  files: readonly string[],
  paths: readonly string[],
  options: ReportOptions,
  version: string,
): Promise<void> {
  const [name] = files as [string];
  if (files.length > 1) {
    const host = files.find(isHostFile) as string;
    throw new InputError(
      `report: ${shownInput(host)} is a host, which has a page of its own: make a report of it alone`,
    );
  }
  for (const [option, why] of Object.entries(NOT_FOR_HOSTS)) {
    if (options[option as keyof typeof NOT_FOR_HOSTS] === undefined) continue;
    throw new InputError(`--${option}: is not for hosts: ${why}`);
  }
  const { output } = options;
  checkOutput(output, [...argumentFiles(paths), ...optionFiles(options)]);
  const scenario = scenarioOf(hostDocument(name, hostOptions(options)));
  if (output === undefined) {
    const { summariesText } = await import("./host/summaries.ts");
    const { run } = await made(scenario, options);
    await writeAll(STDOUT, Buffer.from(summariesText([run], { format: "table", worlds: null })));
    return;
  }
  await withOutput(output, async (sink) => {
    const { hostPage } = await import("../report/host/page.ts");
    const { run, recorder } = await made(scenario, options);
    const command = shellLine([
      "balloon-sim",
      "report",
      fileArgument(name),
      ...conditionArguments(options),
      "-o",
      fileArgument(output),
    ]);
    sink.write(hostPage(modelOf(name, run, recorder, version), { command, version }));
  });
}

/** The options as those of `balloon-sim host`. */
const hostOptions = ({ policy, driver, rates, set, seed }: ReportOptions) => ({
  ...(policy === undefined ? {} : { policy }),
  ...(driver === undefined ? {} : { driver }),
  ...(rates === undefined ? {} : { rates }),
  ...(set === undefined ? {} : { set }),
  ...(seed === undefined ? {} : { seed }),
});

const conditionArguments = (options: ReportOptions): string[] =>
  CONDITIONS.flatMap((name) =>
    [options[name] ?? []]
      .flat()
      .flatMap((value) => [`--${name}`, typeof value === "number" ? formatTime(value) : value]),
  );

/** Runs the host once. */
async function made(
  scenario: HostScenario,
  { until, quiet }: ReportOptions,
): Promise<{ readonly run: RanHost; readonly recorder: CurveRecorder }> {
  const endUs = Math.min(until ?? Number.POSITIVE_INFINITY, scenario.durationUs);
  const recorder = new CurveRecorder(scenario, endUs);
  const observers = [{ observer: recorder, everyUs: recorder.everyUs }];
  const progress = new Progress(1, () => barTerminal(quiet === true));
  try {
    const result = await runHostPaced(scenario, { untilUs: endUs, observers }, (done) => progress.pace(0, done));
    const remark = untilRemark(until, scenario.durationUs);
    if (remark !== null) warn(`balloon-sim: warning: ${remark}`);
    return { run: { scenario, result }, recorder };
  } finally {
    progress.stop();
  }
}

function modelOf(
  file: string,
  { scenario, result }: RanHost,
  { curves }: CurveRecorder,
  version: string,
): HostPageModel {
  const sorted = worstFirst(result.vms);
  return {
    name: scenario.name,
    description: scenario.description,
    verdict: verdict(result),
    facts: [
      ["File", file],
      ...hostProperties(scenario, result)
        .filter(([, text]) => text !== "")
        .map(([label, text]) => [capitalized(label), text] as const),
      ["Parameters", parametersText(scenario)],
      ["The host itself", ownText(scenario)],
      ["Seed", scenario.seed],
      ["Run by", `balloon-sim ${version}`],
    ],
    head: HEAD,
    rows: sorted.map((vm) => rowOf(vm)),
    order: sorted.map((vm) => result.vms.indexOf(vm)),
    captions: sorted.map(({ memory, lostUs }) => `${formatSize(memory)}, lost ${shortTime(lostUs)}`),
    assumed: scenario.assumed,
    notes: notesOf(scenario),
    curves,
  };
}

const parametersText = ({ policy, params }: HostScenario): string =>
  policy.params.length === 0
    ? "none"
    : policy.params.map((spec) => `${spec.name} ${shownValue(spec, params[spec.name] as number | string)}`).join(", ");

const ownText = ({ reserved, swap, largePages }: HostScenario): string =>
  `needs ${reserved === 0 ? "no memory" : formatSize(reserved)}; swap of ${formatSize(swap.size)}; backs VMs with pages of ${largePages ? "2 MiB" : "4 KiB"}`;

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const number = (content: string): Cell => ({ content, isNumber: true });

const HEAD: readonly Cell[] = [
  { content: "VM" },
  { content: "Driver" },
  ...[
    "Memory",
    ...VM_FIGURE_COLUMNS.map(({ name }) => (name === "balloon" ? "Balloon, mean" : capitalized(name))),
    "Consumed, mean",
  ].map(number),
  { content: "Lost most" },
];

function rowOf(vm: VmResult): Cell[] {
  return [
    { content: vm.name },
    { content: vm.driver },
    number(formatSize(vm.memory)),
    ...VM_FIGURE_COLUMNS.map(({ value, text }) => number(text(value(vm)))),
    number(formatSize(vm.consumedMean)),
    { content: vm.isEnded ? `the host ended it; ${lostMostText(vm)}` : lostMostText(vm), className: "wrap" },
  ];
}

import { checkDistinct, type NamedFile } from "../../../common/cli/distinct-files.ts";
import { OutputFile } from "../../../common/files/output-file.ts";
import type { DecidedTargets } from "../../hosts/against/decided.ts";
import type { SampledObserver } from "../../hosts/machine/run-view.ts";
import { isPolicyFile } from "../../hosts/own-policy/is-policy-file.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { findHost, findTraceBeside } from "../../trace/bundled.ts";
import { STDIN } from "../../trace/input.ts";
import type { HostOptions } from "./host-options.ts";
import { openHostRows } from "./host-rows.ts";
import type { HostPlotRecorder } from "./plot-data.ts";
import { RowFiles, type RowsOptions, runsFor } from "./row-files.ts";
import { type RowPaths, rowPaths } from "./row-paths.ts";

/** What a run of a host is to give beside its result; null: it is not wanted. */
export interface HostParts {
  readonly rows: RowFiles | null;
  readonly plot: HostPlotRecorder | null;
  /** The file of the picture; null: the terminal, if there is a picture. */
  readonly svg: OutputFile | null;
  readonly targets: DecidedTargets | null;
  readonly observers: readonly SampledObserver[];
}

/** The files that a host consists of. */
export function hostFiles(name: string, scenario: HostScenario, folder: string): NamedFile[] {
  const traces = [...new Set(scenario.vms.map(({ traceName }) => traceName))];
  return [
    { option: null, path: name === STDIN ? STDIN : findHost(name) },
    ...traces.map((trace) => ({ option: null, path: findTraceBeside(folder, trace) })),
  ];
}

/** The files that the options of a command on hosts name for reading. */
export const optionInputs = ({ rates, policy }: HostOptions): NamedFile[] => [
  ...(rates === undefined ? [] : [{ option: "--rates", path: rates }]),
  ...(policy === undefined || !isPolicyFile(policy) ? [] : [{ option: "--policy", path: policy }]),
];

/** The files of rows. */
export const rowOutputs = ({ host, all, vms }: RowPaths): NamedFile[] =>
  [host, all, ...vms].map((path) => ({ option: "-o", path }));

/**
 * Checks that no output takes the place of a file that the command reads.
 * @throws {InputError} naming both files
 */
export function checkFiles(name: string, scenario: HostScenario, folder: string, options: HostOptions): void {
  const { output, format = "csv", plot } = options;
  const outputs = [
    ...(output === undefined ? [] : rowOutputs(rowPaths(scenario, output, format))),
    ...(typeof plot === "string" ? [{ option: "--plot", path: plot }] : []),
  ];
  checkDistinct(outputs, [...hostFiles(name, scenario, folder), ...optionInputs(options)]);
}

/** @throws {InputError} for wrong options, or if a file can't be written */
export async function createParts(scenario: HostScenario, options: HostOptions): Promise<HostParts> {
  const durationUs = runsFor(scenario, options.until);
  const plot =
    options.plot === undefined ? null : new (await import("./plot-data.ts")).HostPlotRecorder(scenario, durationUs);
  const targets = options.against ? new (await import("../../hosts/against/decided.ts")).DecidedTargets() : null;
  const svg = typeof options.plot === "string" ? new OutputFile(options.plot, "--plot") : null;
  try {
    const rows = rowsOf(scenario, durationUs, options);
    return {
      rows,
      plot,
      svg,
      targets,
      observers: [
        ...(rows === null ? [] : [openHostRows(rows.spec)]),
        ...(plot === null ? [] : [{ observer: plot, everyUs: plot.everyUs }]),
        ...(targets === null ? [] : [{ observer: targets }]),
      ],
    };
  } catch (error) {
    svg?.discard();
    throw error;
  }
}

function rowsOf({ vms }: HostScenario, durationUs: number, options: HostOptions): RowFiles | null {
  const { output } = options;
  return output === undefined ? null : new RowFiles({ vms, durationUs }, output, rowsOptions(options));
}

/** How the options want rows to be written. */
export const rowsOptions = ({
  format = "csv",
  vmColumns = "default",
  every = "change",
  force,
}: HostOptions): RowsOptions => ({
  format,
  vmColumns,
  every,
  isForced: force === true,
});

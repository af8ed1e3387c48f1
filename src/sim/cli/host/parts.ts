import { checkDistinct, type NamedFile } from "../../../common/cli/distinct-files.ts";
import { OutputFile } from "../../../common/files/output-file.ts";
import type { DecidedTargets } from "../../hosts/against/decided.ts";
import type { SampledObserver } from "../../hosts/machine/run-view.ts";
import { isPolicyFile } from "../../hosts/own-policy/is-policy-file.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { findHost, findTraceBeside } from "../../trace/bundled.ts";
import { STDIN } from "../../trace/input.ts";
import type { HostOptions } from "./host-options.ts";
import { HostRows, rowPaths } from "./host-rows.ts";
import type { HostPlotRecorder } from "./plot-data.ts";

/** What a run of a host is to give beside its result; null: it is not wanted. */
export interface HostParts {
  readonly rows: HostRows | null;
  readonly plot: HostPlotRecorder | null;
  /** The file of the picture; null: the terminal, if there is a picture. */
  readonly svg: OutputFile | null;
  readonly targets: DecidedTargets | null;
  readonly observers: readonly SampledObserver[];
}

/**
 * Checks that no output takes the place of a file that the command reads.
 * @throws {InputError} naming both files
 */
export function checkFiles(name: string, scenario: HostScenario, folder: string, options: HostOptions): void {
  const { output, format = "csv", plot, rates, policy } = options;
  const traces = [...new Set(scenario.vms.map(({ traceName }) => traceName))];
  const inputs: NamedFile[] = [
    { option: null, path: name === STDIN ? STDIN : findHost(name) },
    ...traces.map((trace) => ({ option: null, path: findTraceBeside(folder, trace) })),
    ...(rates === undefined ? [] : [{ option: "--rates", path: rates }]),
    ...(policy === undefined || !isPolicyFile(policy) ? [] : [{ option: "--policy", path: policy }]),
  ];
  const paths = output === undefined ? null : rowPaths(scenario, output, format);
  const outputs = [
    ...(paths === null ? [] : [paths.host, paths.all, ...paths.vms].map((path) => ({ option: "-o", path }))),
    ...(typeof plot === "string" ? [{ option: "--plot", path: plot }] : []),
  ];
  checkDistinct(outputs, inputs);
}

/** @throws {InputError} for wrong options, or if a file can't be written */
export async function createParts(scenario: HostScenario, options: HostOptions): Promise<HostParts> {
  const durationUs = Math.min(options.until ?? Number.POSITIVE_INFINITY, scenario.durationUs);
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
        ...(rows === null ? [] : [{ observer: rows.observer, everyUs: rows.everyUs }]),
        ...(plot === null ? [] : [{ observer: plot, everyUs: plot.everyUs }]),
        ...(targets === null ? [] : [{ observer: targets }]),
      ],
    };
  } catch (error) {
    svg?.discard();
    throw error;
  }
}

function rowsOf(scenario: HostScenario, durationUs: number, options: HostOptions): HostRows | null {
  const { output, format = "csv", vmColumns = "default", every = "change" } = options;
  if (output === undefined) return null;
  return new HostRows(scenario, durationUs, { directory: output, format, vmColumns, every });
}

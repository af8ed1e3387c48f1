import { OutputFile } from "../../../common/files/output-file.ts";
import type { DecidedTargets } from "../../hosts/against/decided.ts";
import type { SampledObserver } from "../../hosts/machine/run-view.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import type { HostOptions } from "./host-options.ts";
import type { HostRows } from "./host-rows.ts";
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

/** @throws {InputError} for wrong options, or if a file can't be written */
export async function createParts(scenario: HostScenario, options: HostOptions): Promise<HostParts> {
  const durationUs = Math.min(options.until ?? Number.POSITIVE_INFINITY, scenario.durationUs);
  const plot =
    options.plot === undefined ? null : new (await import("./plot-data.ts")).HostPlotRecorder(scenario, durationUs);
  const targets = options.against ? new (await import("../../hosts/against/decided.ts")).DecidedTargets() : null;
  const svg = typeof options.plot === "string" ? new OutputFile(options.plot, "--plot") : null;
  try {
    const rows = await rowsOf(scenario, durationUs, options);
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

async function rowsOf(scenario: HostScenario, durationUs: number, options: HostOptions): Promise<HostRows | null> {
  const { output, format = "csv", vmColumns = "default", every = "change" } = options;
  if (output === undefined) return null;
  const { HostRows: Rows } = await import("./host-rows.ts");
  return new Rows(scenario, durationUs, { directory: output, format, vmColumns, every });
}

import { print } from "../../common/cli/output.ts";
import { OutputFile } from "../../common/cli/output-file.ts";
import { writeAll } from "../../common/cli/text-sink.ts";
import { InputError } from "../../common/errors.ts";
import { compare } from "../fidelity/compare.ts";
import { readRun } from "../fidelity/read-run.ts";
import type { RecordedRun } from "../fidelity/recorded-run.ts";
import { replay } from "../fidelity/replay.ts";
import { scenariosOf } from "../fidelity/scenario.ts";
import { fidelityCsv, fidelityJson, fidelityTable } from "./print-fidelity.ts";

/** The options of `balloon-sim fidelity` as the command line gives them. */
export interface FidelityOptions {
  readonly format?: "csv" | "json";
  readonly traceOut?: string;
}

/** The work of `balloon-sim fidelity`. */
export async function compareFidelity(paths: readonly string[], options: FidelityOptions): Promise<void> {
  const runs = paths.map(readRun);
  if (options.traceOut !== undefined) return await writeTrace(runs, options.traceOut);
  const scenarios = scenariosOf(runs.map((run) => compare(run, replay(run))));
  if (options.format === "json") print(fidelityJson(scenarios));
  else if (options.format === "csv") print(await fidelityCsv(scenarios));
  else print(fidelityTable(scenarios));
}

/** Writes what a run is replayed from. */
async function writeTrace(runs: readonly RecordedRun[], path: string): Promise<void> {
  const [run, ...others] = runs as [RecordedRun, ...RecordedRun[]];
  if (others.length > 0) throw new InputError(`--trace-out ${path}: takes one run, but ${runs.length} are given`);
  const file = new OutputFile(path, "--trace-out");
  try {
    await writeAll(file, Buffer.from(`${JSON.stringify(run.replay.trace, null, 2)}\n`));
    file.commit();
  } finally {
    file.discard();
  }
}

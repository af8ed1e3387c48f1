import { checkDistinct, type NamedFile } from "../../common/cli/distinct-files.ts";
import { print } from "../../common/cli/output.ts";
import { InputError, isOfWork } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { compare, type RunComparison } from "../fidelity/compare.ts";
import { readRun } from "../fidelity/read-run.ts";
import type { RecordedRun } from "../fidelity/recorded-run.ts";
import { replay } from "../fidelity/replay.ts";
import { readRoles } from "../fidelity/roles.ts";
import { type Scenario, scenariosOf } from "../fidelity/scenario.ts";
import { parseMachine } from "../trace/machines.ts";
import type { MachineProfile } from "../trace/types.ts";
import { badTraces, type FailedTrace, warnOfTrace } from "./bad-traces.ts";
import { terminalStyle } from "./draw-plots.ts";
import { argumentFiles } from "./input-files.ts";
import { fidelityCsv, fidelityJson, fidelityTable } from "./print-fidelity.ts";
import { checkNoneTwice } from "./same-recording.ts";
import { Spool } from "./spool.ts";
import { readMachine } from "./what-if-options.ts";
import { writeWhole } from "./with-output.ts";

/** The options of `balloon-sim fidelity` as the command line gives them. */
export interface FidelityOptions {
  readonly format?: "csv" | "json";
  readonly traceOut?: string;
  readonly plot?: true | string;
  readonly roles?: string;
  readonly machine?: string;
}

/** Executes `balloon-sim fidelity`. */
export async function compareFidelity(paths: readonly string[], options: FidelityOptions): Promise<void> {
  checkDistinct(outputsOf(options), [
    ...argumentFiles(paths),
    ...(options.roles === undefined ? [] : [{ option: "--roles", path: options.roles }]),
  ]);
  if (options.traceOut !== undefined && options.machine !== undefined) {
    throw new InputError("--machine: is for replays, and the trace of --trace-out has the machine of the recorded run");
  }
  if (options.traceOut !== undefined) return await writeTrace(paths, options.traceOut);
  const machine = options.machine === undefined ? null : machineOption(options.machine);
  const roles = options.roles === undefined ? undefined : readRoles(options.roles);
  const { comparisons, failed } = await compareRuns(paths, machine);
  checkNoneTwice(
    comparisons.map(({ run }) => run.name),
    comparisons.map(({ run }) => JSON.stringify([run.settings, run.timeUs, [...run.curves]])),
  );
  if (comparisons.length > 0) await write(scenariosOf(comparisons, roles), options);
  if (failed.length > 0) {
    const rest = comparisons.length === 0 ? "nothing is left to compare" : "they are missing in the comparison";
    throw badTraces(failed, paths.length, rest, "recorded runs");
  }
}

/**
 * Compares recorded runs with their replays. Prints a line for each run of several that can't be compared.
 * @param machine replaces that of the runs; null: none
 * @throws {InputError | RunError} if the only run can't be compared
 */
async function compareRuns(paths: readonly string[], machine: MachineProfile | null) {
  const comparisons: RunComparison[] = [];
  const failed: FailedTrace[] = [];
  const spool = new Spool();
  try {
    for (const path of paths) {
      try {
        const read = readRun((await spool.keep(path)) ?? path, path);
        const run = machine === null ? read : { ...read, costsNote: null };
        comparisons.push(compare(run, replay(run, {}, machine)));
      } catch (error) {
        if (!isOfWork(error) || paths.length === 1) throw error;
        failed.push({ trace: path, error });
      }
    }
  } finally {
    spool.remove();
  }
  failed.forEach(warnOfTrace);
  return { comparisons, failed };
}

async function write(scenarios: readonly Scenario[], options: FidelityOptions): Promise<void> {
  if (typeof options.plot === "string") await drawInFile(scenarios, options.plot);
  if (options.plot === true) await drawInTerminal(scenarios);
  else if (options.format === "json") print(fidelityJson(scenarios));
  else if (options.format === "csv") print(fidelityCsv(scenarios));
  else print(fidelityTable(scenarios));
}

/** The machine that `--machine` names. @throws {InputError} */
function machineOption(written: string): MachineProfile {
  return parseMachine(readMachine(written).content, written);
}

const outputsOf = ({ plot, traceOut }: FidelityOptions): NamedFile[] => [
  ...(typeof plot === "string" ? [{ option: "--plot", path: plot }] : []),
  ...(traceOut === undefined ? [] : [{ option: "--trace-out", path: traceOut }]),
];

async function drawInTerminal(scenarios: readonly Scenario[]): Promise<void> {
  const { fidelityInTerminal } = await import("../fidelity/picture-terminal.ts");
  const style = await terminalStyle();
  print(scenarios.map((scenario) => fidelityInTerminal(scenario, style)).join("\n"));
}

async function drawInFile(scenarios: readonly Scenario[], path: string): Promise<void> {
  if (!/\.svg$/i.test(path)) {
    throw new InputError(
      `--plot ${quote(path)}: expected a file name that ends in .svg; to draw in the terminal, put --plot last`,
    );
  }
  const [scenario, ...others] = scenarios as [Scenario, ...Scenario[]];
  if (others.length > 0) {
    throw new InputError(`--plot ${path}: draws one scenario, but runs of ${scenarios.length} are given`);
  }
  const { fidelityAsSvg } = await import("../fidelity/picture-svg.ts");
  await writeWhole(path, "--plot", fidelityAsSvg(scenario));
}

/** Writes the trace from which a run is replayed. */
async function writeTrace(paths: readonly string[], path: string): Promise<void> {
  const [only, ...others] = paths as [string, ...string[]];
  if (others.length > 0) throw new InputError(`--trace-out ${path}: takes one run, but ${paths.length} are given`);
  const spool = new Spool();
  let run: RecordedRun;
  try {
    run = readRun((await spool.keep(only)) ?? only, only);
  } finally {
    spool.remove();
  }
  // Each point of a series on one line, as in hand-written traces.
  const text = JSON.stringify(run.replay.trace, null, 2).replace(/\[\s+([\d.]+),\s+([\d.]+)\s+\]/g, "[$1, $2]");
  await writeWhole(path, "--trace-out", `${text}\n`);
}

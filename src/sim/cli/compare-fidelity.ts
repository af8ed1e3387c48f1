import { checkDistinct, type NamedFile } from "../../common/cli/distinct-files.ts";
import { print } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { compare } from "../fidelity/compare.ts";
import { readRun } from "../fidelity/read-run.ts";
import type { RecordedRun } from "../fidelity/recorded-run.ts";
import { replay } from "../fidelity/replay.ts";
import { readRoles } from "../fidelity/roles.ts";
import { type Scenario, scenariosOf } from "../fidelity/scenario.ts";
import { parseMachine } from "../trace/machines.ts";
import type { MachineProfile } from "../trace/types.ts";
import { terminalStyle } from "./draw-plots.ts";
import { argumentFiles } from "./input-files.ts";
import { fidelityCsv, fidelityJson, fidelityTable } from "./print-fidelity.ts";
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
  const runs = paths.map(readRun);
  if (options.traceOut !== undefined) return await writeTrace(runs, options.traceOut);
  const machine = options.machine === undefined ? null : machineOption(options.machine);
  const roles = options.roles === undefined ? undefined : readRoles(options.roles);
  const scenarios = scenariosOf(
    runs.map((run) => compare(run, replay(run, {}, machine))),
    roles,
  );
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
async function writeTrace(runs: readonly RecordedRun[], path: string): Promise<void> {
  const [run, ...others] = runs as [RecordedRun, ...RecordedRun[]];
  if (others.length > 0) throw new InputError(`--trace-out ${path}: takes one run, but ${runs.length} are given`);
  // Each point of a series on one line, as in hand-written traces.
  const text = JSON.stringify(run.replay.trace, null, 2).replace(/\[\s+([\d.]+),\s+([\d.]+)\s+\]/g, "[$1, $2]");
  await writeWhole(path, "--trace-out", `${text}\n`);
}

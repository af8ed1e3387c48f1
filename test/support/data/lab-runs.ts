import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compare, type RunComparison } from "../../../src/sim/fidelity/compare.ts";
import { readRun } from "../../../src/sim/fidelity/read-run.ts";
import { replay } from "../../../src/sim/fidelity/replay.ts";
import { parseMachine } from "../../../src/sim/trace/machines.ts";

/** Where the recorded runs of the repository are. */
export const LAB_RUNS = fileURLToPath(new URL("../../sim/fidelity/runs/", import.meta.url));

/** The file that says which scenarios the profile `lab` was fitted on. */
export const LAB_ROLES = join(LAB_RUNS, "scenarios.json");

/** Files of all recorded runs, by scenario and repetition. */
export const labRunFiles = (): string[] =>
  readdirSync(LAB_RUNS)
    .filter((name) => name.endsWith(".csv"))
    .sort();

/** The path of a recorded run. */
export const labRunPath = (file: string): string => join(LAB_RUNS, file);

/** The text of a recorded run. */
export const labRunText = (file: string): string => readFileSync(labRunPath(file), "utf8");

/** The text of a recorded run of the VM lab. */
export const vmRunText = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../sim/fidelity/vm/${file}`, import.meta.url)), "utf8");

/** Where the runs of drivers other than the reference driver are, and the text of one. */
export const DRIVER_RUNS = fileURLToPath(new URL("../../sim/fidelity/driver-runs/", import.meta.url));
export const driverRunText = (file: string): string => readFileSync(join(DRIVER_RUNS, file), "utf8");

/** A recorded run beside its replay. */
export function compareLabRun(file: string): RunComparison {
  const run = readRun(labRunPath(file));
  return compare(run, replay(run));
}

/** Where the runs of the VM lab on an idle machine are, and the machine that is calibrated from two of their scenarios. */
export const VM_RUNS = fileURLToPath(new URL("../../sim/fidelity/vm-runs/", import.meta.url));
export const VM_MACHINE = join(VM_RUNS, "machine.json");

/** Files of these runs, by scenario and repetition. */
export const vmRunFiles = (): string[] =>
  readdirSync(VM_RUNS)
    .filter((name) => name.endsWith(".csv"))
    .sort();

/** Such a run beside its replay. */
export const compareVmRun = (file: string): RunComparison => compareOnVm(join(VM_RUNS, file));

/** Files of the runs of other drivers, by scenario and repetition. */
export const driverRunFiles = (): string[] =>
  readdirSync(DRIVER_RUNS)
    .filter((name) => name.endsWith(".csv"))
    .sort();

/** Such a run beside its replay. */
export const compareDriverRun = (file: string): RunComparison => compareOnVm(join(DRIVER_RUNS, file));

/** A run of the VM lab beside its replay on the machine that is calibrated from such runs. */
function compareOnVm(path: string): RunComparison {
  const run = readRun(path);
  return compare(run, replay(run, {}, parseMachine(readFileSync(VM_MACHINE, "utf8"), VM_MACHINE)));
}

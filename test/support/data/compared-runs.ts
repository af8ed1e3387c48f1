import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Us } from "../../../src/common/units.ts";
import { readRun } from "../../../src/sim/fidelity/read-run.ts";
import { replayTrace } from "../../../src/sim/fidelity/replay.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { parseMachine } from "../../../src/sim/trace/machines.ts";
import type { RunView } from "../../../src/sim/view/types.ts";
import { VM_MACHINE } from "./lab-runs.ts";

/** Where the runs of the comparison of drivers and rates are: `SCENARIO-VARIANT.REPETITION.csv`. */
const COMPARED_RUNS = fileURLToPath(new URL("../../sim/fidelity/compare-runs/", import.meta.url));

/** The recorded scenarios of lab/rate-control.md, and the drivers and rates that it compares, in its order. */
export const COMPARED_SCENARIOS = ["idle", "working", "working-san", "reading", "growing", "moving-san"] as const;
export const VARIANTS = ["mainline", "2010", "tuned", "gentle", "daemon", "low"] as const;
export type Variant = (typeof VARIANTS)[number];

/** A recorded run, or a simulated one at the times of its rows. */
export interface ComparedRun {
  /** Times of the rows since the recording began, in seconds. */
  readonly seconds: readonly number[];
  /** The host's targets, in pages, each from a second on. */
  readonly targets: readonly (readonly [number, number])[];
  /** Per row: the balloon's size in pages, sums of the stall times in seconds, and of the pages swapped out and in. */
  readonly size: readonly number[];
  readonly some: readonly number[];
  readonly full: readonly number[];
  readonly swapOut: readonly number[];
  readonly swapIn: readonly number[];
  /** Page faults that waited for the disk; null: a simulated run. */
  readonly majorFaults: number | null;
  readonly oomKills: number;
  /** Commands that the host has answered. */
  readonly commands: number;
}

/** Files of a scenario's repetitions with one driver. */
export const comparedFiles = (scenario: string, variant: Variant): string[] =>
  readdirSync(COMPARED_RUNS)
    .filter((name) => new RegExp(`^compare-${scenario}-${variant}\\.\\d+\\.csv$`).test(name))
    .sort()
    .map((name) => join(COMPARED_RUNS, name));

/** The text of one. */
export const comparedText = (file: string): string => readFileSync(join(COMPARED_RUNS, file), "utf8");

/** What the VM lab's host says at the end of a run: violations of the protocol, and commands. */
export function hostOf(text: string): { readonly violations: number; readonly commands: number } {
  const [, violations, commands] = /^# host: locked \d+ violations (\d+) commands (\d+) target \d+$/m.exec(text) ?? [];
  if (commands === undefined) throw new Error("the run has no line of the host");
  return { violations: Number(violations), commands: Number(commands) };
}

const US_PER_S = 1e6;

/** Reads a recorded run. */
export function readCompared(path: string): ComparedRun {
  const text = readFileSync(path, "utf8");
  const lines = text.split("\n").map((line) => line.trimEnd());
  const heading = (lines.find((line) => line.startsWith("t_s,")) as string).split(",");
  const rows = lines.filter((line) => /^\d/.test(line)).map((line) => line.split(",").map(Number));
  const column = (name: string): number[] => rows.map((row) => row[heading.indexOf(name)] as number);
  return {
    seconds: column("t_s"),
    targets: targetsOf(lines[0] as string),
    size: column("size"),
    some: column("psi_some_us").map((us) => us / US_PER_S),
    full: column("psi_full_us").map((us) => us / US_PER_S),
    swapOut: column("pswpout"),
    swapIn: column("pswpin"),
    majorFaults: column("pgmajfault").at(-1) as number,
    oomKills: column("oom_kill").at(-1) as number,
    commands: hostOf(text).commands,
  };
}

/** The targets in the settings of a run. */
function targetsOf(settings: string): [number, number][] {
  const value = (name: string): string | undefined => new RegExp(` ${name}=(\\S+)`).exec(settings)?.[1];
  const list = value("targets");
  if (list !== undefined) return list.split(",").map((entry) => entry.split(":").map(Number) as [number, number]);
  return [
    [2, Number(value("target"))],
    [2 + Number(value("hold")), Number(value("target2"))],
  ];
}

/** Seed of the worlds. */
const SEED = "1";
/** Interval of the simulation's samples: the first one after the time of a row stands for it. */
const SAMPLE_US: Us = 20_000;

/**
 * Simulates a recorded run on the machine of the VM lab, with the disk of its settings.
 * @param world 1: as recorded; others vary phases, paces and costs (docs/worlds.md)
 */
export function simulateCompared(path: string, world: number): ComparedRun {
  const recorded = readRun(path);
  const { seconds, targets } = readCompared(path);
  const { leadUs, rates } = recorded.replay;
  const size: number[] = [];
  const some: number[] = [];
  const full: number[] = [];
  const swapOut: number[] = [];
  const swapIn: number[] = [];
  let oomKills = 0;
  let commands = 0;
  const sample = ({ timeUs, balloon, guest }: RunView): void => {
    while (size.length < seconds.length && (seconds[size.length] as number) * US_PER_S + leadUs <= timeUs) {
      size.push(balloon.size);
      some.push(guest.psiSomeUs / US_PER_S);
      full.push(guest.psiFullUs / US_PER_S);
      swapOut.push(guest.swapOut);
      swapIn.push(guest.swapIn);
    }
  };
  const end = ({ guest, host }: RunView): void => {
    oomKills = guest.oomKills;
    commands = host.calls;
  };
  const trace = replayTrace(recorded, {}, parseMachine(readFileSync(VM_MACHINE, "utf8"), VM_MACHINE));
  new Simulation(trace, { rates, sampleEveryUs: SAMPLE_US, world, seed: SEED }, { sample, end }).run();
  return { seconds, targets, size, some, full, swapOut, swapIn, majorFaults: null, oomKills, commands };
}

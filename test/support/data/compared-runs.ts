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
export const COMPARED_SCENARIOS = [
  "idle",
  "working",
  "working-san",
  "reading",
  "growing",
  "writing",
  "moving-san",
] as const;
export const VARIANTS = ["mainline", "2010", "tuned", "gentle", "daemon", "low", "virtio"] as const;
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
  /** Per row: MiB that the workloads have touched again, read or written; null: the run has no such figure. */
  readonly work: readonly number[] | null;
  /** Page faults that waited for the disk; null: a simulated run. */
  readonly majorFaults: number | null;
  readonly oomKills: number;
  /** Commands that the host has answered; null: a host without commands, or one that does not count them. */
  readonly commands: number | null;
}

/** Files of a scenario's repetitions with one driver. */
export const comparedFiles = (scenario: string, variant: Variant): string[] =>
  readdirSync(COMPARED_RUNS)
    .filter((name) => new RegExp(`^compare-${scenario}-${variant}\\.\\d+\\.csv$`).test(name))
    .sort()
    .map((name) => join(COMPARED_RUNS, name));

/** The text of one. */
export const comparedText = (file: string): string => readFileSync(join(COMPARED_RUNS, file), "utf8");

/** What VMware's host in the VM lab says at the end of a run: violations of the protocol, and commands. */
export function hostOf(text: string): { readonly violations: number; readonly commands: number } | null {
  const [, violations, commands] = /^# host: locked \d+ violations (\d+) commands (\d+) target \d+$/m.exec(text) ?? [];
  if (commands !== undefined) return { violations: Number(violations), commands: Number(commands) };
  if (settingOf(text, "driver") === "virtio") return null;
  throw new Error("the run has no line of the host");
}

/** A setting in the first line of a run. */
const settingOf = (text: string, name: string): string | undefined =>
  new RegExp(`^# mem=.* ${name}=(\\S+)`).exec(text)?.[1];

const US_PER_S = 1e6;
const PAGES_PER_MIB = 256;

/** Reads a recorded run. */
export function readCompared(path: string): ComparedRun {
  const text = readFileSync(path, "utf8");
  const lines = text.split("\n").map((line) => line.trimEnd());
  const heading = (lines.find((line) => line.startsWith("t_s,")) as string).split(",");
  const rows = lines.filter((line) => /^\d/.test(line)).map((line) => line.split(",").map(Number));
  const column = (name: string): number[] => rows.map((row) => row[heading.indexOf(name)] as number);
  // A round is one reading or writing of the file of that setting.
  const roundMib = Number(settingOf(text, "reread") ?? settingOf(text, "dirty") ?? 0);
  const rounds = column("rounds");
  return {
    seconds: column("t_s"),
    targets: targetsOf(text),
    size: column("size"),
    some: column("psi_some_us").map((us) => us / US_PER_S),
    full: column("psi_full_us").map((us) => us / US_PER_S),
    swapOut: column("pswpout"),
    swapIn: column("pswpin"),
    work: heading.includes("touched")
      ? column("touched").map((pages, i) => pages / PAGES_PER_MIB + (rounds[i] as number) * roundMib)
      : null,
    majorFaults: column("pgmajfault").at(-1) as number,
    oomKills: column("oom_kill").at(-1) as number,
    commands: hostOf(text)?.commands ?? null,
  };
}

/** The targets in the settings of a run. */
function targetsOf(text: string): [number, number][] {
  const value = (name: string): string | undefined => settingOf(text, name);
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
  const work: number[] = [];
  // The rate of a workload that touches all the time; the others' work is not that of a rate (lab/guest/start.sh).
  const text = readFileSync(path, "utf8");
  const mibPerS = settingOf(text, "hog2rate") === undefined ? Number(settingOf(text, "hograte") ?? 0) : 0;
  let oomKills = 0;
  let commands = 0;
  const sample = ({ timeUs, balloon, guest }: RunView): void => {
    while (size.length < seconds.length && (seconds[size.length] as number) * US_PER_S + leadUs <= timeUs) {
      size.push(balloon.size);
      some.push(guest.psiSomeUs / US_PER_S);
      full.push(guest.psiFullUs / US_PER_S);
      swapOut.push(guest.swapOut);
      swapIn.push(guest.swapIn);
      work.push((mibPerS * timeUs) / US_PER_S - guest.undonePages / PAGES_PER_MIB);
    }
  };
  const end = ({ guest, host }: RunView): void => {
    oomKills = guest.oomKills;
    commands = host.calls;
  };
  const trace = replayTrace(recorded, {}, parseMachine(readFileSync(VM_MACHINE, "utf8"), VM_MACHINE));
  new Simulation(trace, { rates, sampleEveryUs: SAMPLE_US, world, seed: SEED }, { sample, end }).run();
  return {
    seconds,
    targets,
    size,
    some,
    full,
    swapOut,
    swapIn,
    work: mibPerS > 0 ? work : null,
    majorFaults: null,
    oomKills,
    commands,
  };
}

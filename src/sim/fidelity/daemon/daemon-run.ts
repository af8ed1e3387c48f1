import { formatSize, KIB_PER_PAGE, type Pages } from "../../../common/units.ts";
import { type Params, VMMEMCTL } from "../../../engine/index.ts";
import { FORMAT, VERSION } from "../../trace/document.ts";
import type { CurveId } from "../curves.ts";
import type { RecordedRun } from "../recorded-run.ts";
import { type DaemonRecording, parseDaemonRecording } from "./recording.ts";

const PROFILE = "balloon-hw";
/** Whole seconds that the simulation begins earlier, during which the balloon inflates to its first recorded size. */
const LEAD_S = 3;
/** A target is set a quarter of a second before the cycle that receives it. */
const BEFORE_CYCLE_S = 0.25;

/**
 * A recording of `balloon-hw run --record` as a run that can be replayed. The demand of the guest's other programs is
 * taken from the recording: their anonymous memory, resident or swapped; the kernel's memory; and the page cache at its
 * maximum so far. The effect of the balloon on them is for the simulation to predict.
 * @param name of the file, for messages
 * @param scenario name of the run
 * @throws {InputError} if the recording is invalid, or lacks data that a replay needs
 */
export function readDaemonRun(text: string, name: string, scenario: string): RecordedRun {
  const recording = parseDaemonRecording(text, name);
  const { balloon } = recording;
  const machine = machineOf(recording);
  // A replay begins with the first sample; the others are compared.
  const rows = <T>(values: readonly T[]): T[] => values.slice(1);
  const curves = new Map<CurveId, readonly number[]>([
    ["size", rows(machine.size)],
    ["free", rows(machine.free)],
    ["cache", rows(machine.cache)],
    ["anon", rows(machine.anon)],
    ["swap", rows(machine.swap)],
    ["rate", rows(recording.need("vmmemctl", "rateSleepAlloc"))],
  ]);
  for (const kind of ["some", "full"] as const) {
    const total = recording.column("pressure/memory", kind);
    if (total !== null) curves.set(kind, rows(total.map((us) => (us - (total[0] as number)) / 1e6)));
  }
  const [firstRow = 0] = rows(recording.seconds);
  const leadS = leadOf(machine, recording) + firstRow - Math.floor(recording.seconds[0] as number);
  const kills = recording.column("vmstat", "oom_kill") ?? [0];
  return {
    name,
    scenario,
    settings: settingsOf(recording, machine),
    unmodelled: [],
    unrecorded: [],
    costsNote: null,
    recordedOn: recordedOn(recording),
    timeUs: rows(recording.seconds).map((s) => Math.round((s - firstRow) * 1e6)),
    target: rows(machine.target),
    curves,
    oomKills: (kills.at(-1) as number) - (kills[0] as number),
    replay: {
      trace: traceOf(recording, machine, scenario),
      rates: balloon.rates,
      leadUs: Math.round(leadS * 1e6),
      fixedCache: 0,
      tmpfs: [],
      active: [],
    },
  };
}

const recordedOn = ({ host }: DaemonRecording): string =>
  [
    "balloon-hw",
    ...(host.name === null ? [] : [`machine ${host.name}`]),
    ...(host.kernel === null ? [] : [`Linux ${host.kernel}`]),
  ].join(", ");

/** The settings on one line, which is the same for all repetitions of a scenario. */
function settingsOf({ balloon }: DaemonRecording, { total, target }: MachineMemory): string {
  const targets = target.filter((pages, i) => i === 0 || pages !== target[i - 1]).map(formatSize);
  const set: Params = balloon.rates;
  const rates = VMMEMCTL.params.filter((param) => set[param.key] !== param.default);
  return [
    `memory ${formatSize(total)}`,
    `floor ${formatSize(balloon.floorPages)}`,
    `psi-limit ${balloon.psiLimit}`,
    ...rates.map(({ key, name }) => `${name} ${set[key]}`),
    `target ${targets.join(", ")}`,
  ].join(" ");
}

/** The machine's memory, per sample, in pages. */
interface MachineMemory {
  readonly total: Pages;
  readonly swapTotal: Pages;
  readonly target: readonly Pages[];
  readonly size: readonly Pages[];
  readonly free: readonly Pages[];
  readonly cache: readonly Pages[];
  /** Anonymous pages of other programs: those of the balloon belong to the daemon. */
  readonly anon: readonly Pages[];
  readonly swap: readonly Pages[];
  /** All other memory. */
  readonly kernel: readonly Pages[];
}

function machineOf(recording: DaemonRecording): MachineMemory {
  const pages = (field: string): number[] =>
    recording.need("meminfo", field).map((kib) => Math.floor(kib / KIB_PER_PAGE));
  const size = recording.need("vmmemctl", "current");
  const [total = 0] = pages("MemTotal");
  const [swapTotal = 0] = pages("SwapTotal");
  const free = pages("MemFree");
  const buffers = pages("Buffers");
  const cache = pages("Cached").map((cached, i) => cached + (buffers[i] as number));
  const anon = pages("AnonPages").map((all, i) => Math.max(0, all - (size[i] as number)));
  const used = (i: number): number =>
    (free[i] as number) + (cache[i] as number) + (anon[i] as number) + (size[i] as number);
  return {
    total,
    swapTotal,
    target: recording.need("vmmemctl", "target"),
    size,
    free,
    cache,
    anon,
    swap: pages("SwapFree").map((left) => swapTotal - left),
    kernel: free.map((_, i) => Math.max(0, total - used(i))),
  };
}

/** Whole seconds of the trace before the second of the first sample: enough to inflate the initial balloon. */
const leadOf = ({ size }: MachineMemory, { balloon }: DaemonRecording): number =>
  LEAD_S + Math.ceil((size[0] as number) / (balloon.rates.nosleepAllocMax + 1));

function traceOf(recording: DaemonRecording, machine: MachineMemory, scenario: string): object {
  const { balloon, seconds } = recording;
  const lead = leadOf(machine, recording);
  const begin = Math.floor(seconds[0] as number);
  const at = (i: number): number => (i === 0 ? 0 : Math.floor(seconds[i] as number) - begin + lead - BEFORE_CYCLE_S);
  const series = (values: readonly number[]): [number, number][] =>
    values.flatMap((value, i): [number, number][] => (i > 0 && value === values[i - 1] ? [] : [[at(i), value]]));
  const [size = 0, ...others] = [machine.size[0] as number, ...machine.target.slice(1)];
  let most = 0;
  const grown = machine.cache.map((pages) => {
    most = Math.max(most, pages);
    return most;
  });
  const min = recording.column("zoneinfo", "min");
  return {
    format: FORMAT,
    version: VERSION,
    name: scenario,
    description: "Target and memory demand of a machine with balloon-hw.",
    duration: Math.ceil((seconds.at(-1) as number) - begin + lead + 1),
    origin: {
      kind: "measured",
      note: "Target, kernel memory and anonymous memory as recorded; page cache at its maximum so far.",
    },
    guest: {
      memory: machine.total,
      profile: PROFILE,
      swap: machine.swapTotal,
      ...(min === null ? {} : { minFree: min[0] }),
      floor: balloon.floorPages,
      psiLimit: balloon.psiLimit,
      // The recorded target is the one that the policy got: where the balloon gave way, that is in it.
      giveWay: false,
      kernelMemory: series(machine.kernel),
    },
    workloads: [
      {
        name: "programs",
        anon: series(machine.anon.map((pages, i) => pages + (machine.swap[i] as number))),
        fileSet: series(grown),
      },
    ],
    host: { target: series([size, ...others]) },
  };
}

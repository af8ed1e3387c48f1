import { InputError } from "../../../common/errors.ts";
import { KIB_PER_PAGE, type Kib, type Mib, type Pages, type Seconds } from "../../../common/units.ts";
import { type BalloonPolicy, LARGE_PAGE_FRAMES, VIRTIO_BALLOON, VMMEMCTL, VMW_BALLOON } from "../../../engine/index.ts";
import { watermarks } from "../../guest/watermarks.ts";
import { FORMAT, VERSION } from "../../trace/document.ts";
import { LINUX_6_12 } from "../../trace/kernel-profile.ts";
import { PROFILES, type Profile } from "../../trace/profile.ts";
import type { CurveId } from "../curves.ts";
import type { RecordedRun } from "../recorded-run.ts";
import { type Lead, leadOf, REFERENCE_PAGE_US, VMWARE_PAGE_US } from "./lead.ts";
import { type LabColumn, type LabLog, parseLabLog } from "./log.ts";
import type { Hog, LabSettings } from "./settings.ts";

const KERNEL_LAB_PROFILE = "lab";
const DAEMON_PROFILE = "balloon-hw";
const VM_COSTS =
  "costs are those of the machine server, not of the VM lab: --machine FILE gives others, such as test/sim/fidelity/vm-runs/machine.json, or those that calibrate fits";
const PAGES_PER_MIB = 256;

/** Time to read or to write a page of a file in the page cache on the lab's machine: 200 MiB take 45 ms. */
const CACHED_READ_S = 0.9e-6;

/**
 * A log of the kernel lab or of the VM lab as a run that can be replayed.
 * @param name of the file, for messages
 * @param scenario name of the run
 * @throws {InputError} if the log is invalid, or shows a state with which a replay can't begin
 */
export function readLabRun(text: string, name: string, scenario: string): RecordedRun {
  const log = parseLabLog(text, name);
  const start = startOf(log, name);
  const lead = leadOf(log);
  const pages = (kib: Kib): Pages => kib / KIB_PER_PAGE;
  const buffers = log.column("buffers_kB");
  const curves = new Map<CurveId, readonly number[]>([
    ["size", log.column("size")],
    ["free", log.column("free_kB").map(pages)],
    ["cache", log.column("cached_kB").map((kib, i) => pages(kib + (buffers[i] as number)))],
    ["anon", othersAnon(log)],
    ["swap", log.column("swapfree_kB").map((kib) => pages(log.swapTotalKib - kib))],
    ["some", log.column("psi_some_us").map((us) => us / 1e6)],
    ["full", log.column("psi_full_us").map((us) => us / 1e6)],
  ]);
  if (!log.missing.includes("rate_alloc")) curves.set("rate", log.column("rate_alloc"));
  return {
    name,
    scenario,
    settings: log.settingsText,
    unmodelled: log.settings.unmodelled,
    unrecorded: log.missing,
    costsNote: log.settings.isVirtualMachine ? VM_COSTS : null,
    recordedOn: `${log.settings.isVirtualMachine ? "VM" : "kernel"} lab, Linux ${log.kernel}`,
    timeUs: log.column("t_s").map((s) => Math.round(s * 1e6)),
    target: log.column("target"),
    curves,
    oomKills: log.column("oom_kill").at(-1) as number,
    replay: {
      trace: traceOf(log, start, scenario, lead),
      rates: log.settings.rates,
      leastCosts: log.settings.diskCosts,
      slack: log.settings.policy.slack ?? 0,
      leadUs: lead.rowsUs,
      fixedCache: log.settings.isVirtualMachine ? 0 : start.fixed,
      tmpfs: log.settings.isVirtualMachine ? [ROOT, PROGRAMS] : [],
      lapPhases: lapPhasesOf(log.settings),
      active: log.settings.isVirtualMachine && log.settings.lru !== "mglru" ? [PROGRAMS] : [],
    },
  };
}

/** Anonymous memory but for the balloon of a daemon, which is anonymous memory of its process, in pages per row. */
function othersAnon({ column, settings }: LabLog): Pages[] {
  const all = column("anon_kB").map((kib) => kib / KIB_PER_PAGE);
  if (settings.daemon === null) return all;
  const size = column("size");
  return all.map((pages, i) => Math.max(0, pages - (size[i] as number)));
}

/**
 * Name of the workload that stands for the root file system of the VM lab's guest: that file system is in tmpfs, so that
 * reclaim swaps out pages of files that no process uses. The root file system of the kernel lab's guest is not in tmpfs.
 */
const ROOT = "root";
/**
 * The part of it that is on the active list when the run begins: the programs that run, busybox, sampler, hog and hostctl of its
 * 5.9 MiB (lab/vm/build.sh). It stays until reclaim has deactivated it and comes by again, as in `seed-nothp-touched`.
 */
const ROOT_ACTIVE = 0.73;
/**
 * With the multi-generational LRU, the part of it that had been mapped when the run begins. The first walk of the page
 * tables finds the pages of this part accessed, and puts them behind those of the hogs; later walks find them not accessed,
 * so a run that evicts that far evicts them, too. In `seed-mglru-static` 2,784 of 5,948 KiB stay.
 */
const ROOT_MAPPED = 0.47;
/** The part of it that the sampler uses in each of its rows: 230 of 5,948 KiB stay where all other memory is touched. */
const ROOT_TOUCHED = 0.039;
const PROGRAMS = "programs";
/** Its size where it is not all of the page cache: 5,964 KiB in the rows of all other drivers. */
const ROOT_PAGES: Pages = 1491;

/** Name of the workload of the first hog; those of the others have a number behind it. */
const HOG = "hog";
/** Index of the row with which a replay begins: in the first row the script's processes are still starting. */
const START_ROW = 1;
/** Anonymous memory of the process of each command of the run's script, which waits until its time. */
const PROCESS_PAGES = 22;

/** The use of the guest's memory at the beginning of the recording, in pages. */
interface Start {
  /** Anonymous memory of the guest's own few processes. */
  readonly system: Pages;
  /** Page cache of the root file system in RAM. */
  readonly fixed: Pages;
  /** Page cache of the files that the daemon is made of, Node's in the main. */
  readonly daemonFiles: Pages;
  /** All other memory that is neither free nor a workload's. */
  readonly kernel: Pages;
}

function startOf(log: LabLog, name: string): Start {
  const { settings } = log;
  const place = `${name}:${log.firstRowLine + START_ROW}`;
  const first = (column: LabColumn): number => log.column(column)[START_ROW] as number;
  const recorded = log.watermarks;
  const { kernel: rules } = PROFILES.get(profileOf(log)) as Profile;
  const marks = watermarks(log.memTotalKib / KIB_PER_PAGE, rules, recorded.min, rules.watermarkScaleFactor);
  // The kernel computed the watermarks before it freed its initial memory: they differ by a page or two.
  const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= recorded.min / 100;
  if (!isNear(marks.low, recorded.low) || !isNear(marks.high, recorded.high)) {
    throw new InputError(
      `${name}:${recorded.line}: expected the watermarks low ${marks.low} and high ${marks.high}, those of Linux 6.1 with this min, found ${recorded.low} and ${recorded.high}`,
    );
  }
  if (settings.rereadMib > settings.cacheMib) {
    throw new InputError(
      `${name}:1: reread=${settings.rereadMib}: expected no more than cache=${settings.cacheMib}, which was read before the run`,
    );
  }
  if (first("swapfree_kB") !== log.swapTotalKib || first("size") !== 0 || first("oom_kill") !== 0) {
    throw new InputError(
      `${place}: expected empty swap, an empty balloon and no OOM kills at the beginning of the recording`,
    );
  }
  const cache = (first("cached_kB") + first("buffers_kB")) / KIB_PER_PAGE;
  const anon = first("anon_kB") / KIB_PER_PAGE;
  const system = anon - settings.hogs[0].mib * PAGES_PER_MIB;
  const files = (settings.cacheMib + settings.dirtyMib) * PAGES_PER_MIB;
  const daemonFiles = settings.daemon === null ? 0 : Math.max(0, cache - files - ROOT_PAGES);
  const fixed = cache - files - daemonFiles;
  if (system < 0 || fixed < 0) {
    throw new InputError(`${place}: expected hog and cache in memory when the recording begins, found less`);
  }
  const root = settings.isVirtualMachine ? fixed : 0;
  const kernel = (log.memTotalKib - first("free_kB")) / KIB_PER_PAGE - anon - files - daemonFiles - root;
  return { system, fixed, daemonFiles, kernel };
}

/** The profile whose kernel the recorded one is, or is nearest to. */
function profileOf({ settings, kernel }: LabLog): string {
  if (!settings.isVirtualMachine) return KERNEL_LAB_PROFILE;
  if (settings.daemon !== null) return DAEMON_PROFILE;
  const [major = 0, minor = 0] = kernel.split(".").map(Number);
  return major > 6 || (major === 6 && minor >= 12) ? "linux-6.12" : "linux-6.1";
}

/** The settings of a run as a trace, in which everything happens later by the lead. */
function traceOf(log: LabLog, start: Start, scenario: string, { rowsUs, scriptUs }: Lead): object {
  const settings = recordedPart(log.settings);
  const at = (seconds: Seconds): Seconds => (seconds * 1e6 + scriptUs) / 1e6;
  const lastRowUs = (log.column("t_s").at(-1) as number) * 1e6 + rowsUs;
  return {
    format: FORMAT,
    version: VERSION,
    name: scenario,
    description: `Settings of a run of the ${settings.isVirtualMachine ? "VM" : "kernel"} lab: ${log.settingsText}`,
    duration: Math.ceil(Math.max(lastRowUs / 1e6, at(settings.seconds))),
    origin: {
      kind: "measured",
      note: "Settings of a recorded run of the driver in a real Linux kernel, and the initial use of its memory.",
    },
    guest: {
      memory: log.memTotalKib / KIB_PER_PAGE,
      ...(settings.policy === VMMEMCTL ? {} : { driver: settings.policy.name }),
      profile: profileOf(log),
      ...limitsOf(settings),
      ...(settings.lru === "classic" ? {} : { lru: settings.lru }),
      swap: Math.floor(log.swapTotalKib / KIB_PER_PAGE),
      minFree: log.watermarks.min,
      ...(log.lowmemReserve === 0 || hasLongLists(log) ? {} : { lowmemReserve: log.lowmemReserve }),
      ...(settings.cpus === 1 ? {} : { cpus: settings.cpus }),
      ...(settings.thp === "never" ? {} : { thp: settings.thp }),
      ...(settings.swappiness === null ? {} : { swappiness: settings.swappiness }),
      kernelMemory: start.kernel,
    },
    workloads: workloadsOf(settings, start, at),
    host: {
      ...hostCosts(settings),
      target: [[0, 0], ...settings.targets.map(([seconds, pages]) => [at(seconds), pages])],
      refusals: settings.refusals.map(({ atSeconds, count, status }, i) => {
        const next = settings.refusals[i + 1];
        return { from: at(atSeconds), ...(next === undefined ? {} : { until: at(next.atSeconds) }), count, status };
      }),
      resets: settings.resets.map(at),
    },
  };
}

/** The settings without commands that the script gives only after the run's end. */
function recordedPart(settings: LabSettings): LabSettings {
  const { hogs, hogStopSeconds, targets, refusals, resets, seconds: end } = settings;
  const [first, second, third] = hogs;
  const begun = (hog: Hog): Hog => (hog.atSeconds <= end ? hog : { ...hog, mib: 0 });
  return {
    ...settings,
    hogs: [first, begun(second), begun(third)],
    hogStopSeconds: hogStopSeconds !== null && hogStopSeconds <= end ? hogStopSeconds : null,
    targets: targets.filter(([seconds]) => seconds <= end),
    refusals: refusals.filter(({ atSeconds }) => atSeconds <= end),
    resets: resets.filter((seconds) => seconds <= end),
  };
}

/**
 * Whether the kernel moves up to 2,016 free pages at once to a processor's list, whatever is free then (mm/page_alloc.c `nr_pcp_alloc()`,
 * since Linux 6.7). The recorded driver then ends with some 930 to 1,400 free pages, as if lower zones kept none for themselves.
 */
const hasLongLists = (log: LabLog): boolean => profileOf(log) === LINUX_6_12.name;

/** The daemon's limits where the run sets them. The daemons of the recordings did not give way under pressure. */
function limitsOf({ daemon }: LabSettings): object {
  if (daemon === null) return {};
  const { floor, psiLimit } = daemon;
  return { giveWay: false, ...(floor === null ? {} : { floor }), ...(psiLimit === null ? {} : { psiLimit }) };
}

/**
 * Costs of QEMU's balloon device: of a message, of each page that it takes, and of each one that it returns. The recorded
 * virtio_balloon moves some 190,000 pages a second into the balloon, and 600,000 out of it.
 */
const VIRTIO_HOST = { callCost: "10us", entryCost: "4.9us", unlockEntryCost: "1.5us" } as const;
/** The kernel lab's host is a function in the guest's kernel: its cost is part of the cost per page of the driver. */
const KERNEL_LAB_HOST = { callCost: "100ns" } as const;
/** What the VM lab's hosts cost, and grant, by drivers. */
const VM_HOSTS = new Map<BalloonPolicy, (settings: LabSettings) => object>([
  // The daemon sends batches, of which the host takes as long for each page as of single ones.
  [VMMEMCTL, ({ daemon }) => ({ callCost: `${daemon === null ? REFERENCE_PAGE_US : VMWARE_PAGE_US.lock}us` })],
  [
    VMW_BALLOON,
    ({ capabilities }) => ({
      callCost: capabilities.includes("batched") ? "1us" : `${VMWARE_PAGE_US.lock}us`,
      entryCost: `${VMWARE_PAGE_US.lock}us`,
      largeEntryCost: `${VMWARE_PAGE_US.lock * LARGE_PAGE_FRAMES}us`,
      unlockEntryCost: `${VMWARE_PAGE_US.unlock}us`,
      unlockLargeEntryCost: `${VMWARE_PAGE_US.unlock * LARGE_PAGE_FRAMES}us`,
      capabilities,
    }),
  ],
  [VIRTIO_BALLOON, () => VIRTIO_HOST],
]);

const hostCosts = (settings: LabSettings): object =>
  settings.isVirtualMachine ? (VM_HOSTS.get(settings.policy)?.(settings) ?? {}) : KERNEL_LAB_HOST;

function workloadsOf(settings: LabSettings, start: Start, at: (seconds: Seconds) => number): object[] {
  const { hogs, hogStopSeconds, cacheMib, rereadMib, dirtyMib, spinners } = settings;
  const workloads: object[] = [];
  const rate = (mib: Mib): object => (mib > 0 ? { touch: mib * PAGES_PER_MIB } : {});
  const programs = settings.isVirtualMachine
    ? Math.round(start.fixed * (settings.lru === "mglru" ? ROOT_MAPPED : ROOT_ACTIVE))
    : 0;
  if (settings.isVirtualMachine) workloads.push({ name: ROOT, anon: start.fixed - programs });
  if (start.system > 0) workloads.push({ name: "system", anon: systemOf(settings, start.system, at) });
  hogs.forEach(({ mib, mibPerSecond, atSeconds }, i) => {
    if (mib === 0) return;
    const pages = mib * PAGES_PER_MIB;
    // The first one is in memory when the recording begins.
    const begin =
      i === 0
        ? [[0, pages]]
        : [
            [0, 0],
            [at(atSeconds), pages],
          ];
    const end = i === 0 && hogStopSeconds !== null ? [[at(hogStopSeconds), 0]] : [];
    const anon = begin.length + end.length === 1 ? pages : [...begin, ...end];
    workloads.push({ name: i === 0 ? HOG : `${HOG}${i + 1}`, anon, ...rate(mibPerSecond) });
  });
  if (programs > 0) {
    const touched = Math.round(start.fixed * ROOT_TOUCHED);
    workloads.push({ name: PROGRAMS, anon: programs, workingSet: touched, touch: touched });
  }
  // The part that is read again is the file's first: it is older.
  if (rereadMib > 0) workloads.push({ name: "reread", ...again(rereadMib, "fileRead") });
  if (cacheMib > rereadMib) workloads.push({ name: "cache", fileSet: (cacheMib - rereadMib) * PAGES_PER_MIB });
  if (dirtyMib > 0) workloads.push({ name: "dirty", ...again(dirtyMib, "fileWrite") });
  if (start.daemonFiles > 0) workloads.push({ name: "balloon-hw", fileSet: start.daemonFiles });
  if (spinners > 0) workloads.push({ name: "spin", cpu: spinners });
  return workloads;
}

/**
 * How long the first hog has touched its memory again when the rows begin, in seconds: it allocates all of it first, and the lab's
 * script looks once a second whether it has. In the VM lab 0.7 to 0.9 in guests without another load, 0.2 to 0.9 with one.
 */
const HOG_LEAD_S = 0.7;

/** Where the lap of the first hog over its memory begins. The others begin during the run. */
function lapPhasesOf({ hogs }: LabSettings): ReadonlyMap<string, number> {
  const [first] = hogs;
  const lap = first === undefined || first.mib === 0 ? 0 : (HOG_LEAD_S * first.mibPerSecond) / first.mib;
  return new Map([[HOG, lap % 1]]);
}

/** A file that is read or written at the machine's full speed, again and again, with pauses of a second. */
function again(mib: Mib, how: "fileRead" | "fileWrite"): object {
  const pages = mib * PAGES_PER_MIB;
  return { fileSet: pages, [how]: Math.round(pages / (1 + pages * CACHED_READ_S)) };
}

/** Anonymous memory of the guest's own processes: each command of the script frees its memory when it has run. */
function systemOf(settings: LabSettings, pages: Pages, at: (seconds: Seconds) => number): [number, number][] {
  const commands = [
    ...settings.targets.map(([seconds]) => seconds),
    ...settings.refusals.map(({ atSeconds }) => atSeconds),
    ...settings.resets,
  ].sort((a, b) => a - b);
  const points = new Map<number, number>([[0, pages]]);
  commands.forEach((seconds, i) => {
    points.set(at(seconds), Math.max(0, pages - (i + 1) * PROCESS_PAGES));
  });
  return [...points];
}

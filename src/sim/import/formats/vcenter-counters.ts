/** vCenter's counters of memory, and values derived from them: for all exports with these counters. */
import { KIB_PER_PAGE } from "../../../common/units.ts";
import type { DemandModel, MemoryFinder, Sample } from "../reader.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";

const MEAN = { aggregate: "mean" } as const;
const RATE = { kind: "rate", aggregate: "mean" } as const;

type Counter = readonly [quantity: Quantity, unit: Unit, name: string];

const COUNTERS: readonly Counter[] = [
  ["balloonTarget", "KiB", "mem.vmmemctltarget.average"],
  ["balloonSize", "KiB", "mem.vmmemctl.average"],
  ["active", "KiB", "mem.active.average"],
  ["activeWrite", "KiB", "mem.activewrite.average"],
  ["granted", "KiB", "mem.granted.average"],
  ["consumed", "KiB", "mem.consumed.average"],
  ["x-usage", "%", "mem.usage.average"],
  ["shared", "KiB", "mem.shared.average"],
  ["x-zero", "KiB", "mem.zero.average"],
  ["overhead", "KiB", "mem.overhead.average"],
  ["x-entitlement", "KiB", "mem.entitlement.average"],
  ["compressed", "KiB", "mem.compressed.average"],
  ["hostSwapped", "KiB", "mem.swapped.average"],
  ["hostSwapTarget", "KiB", "mem.swaptarget.average"],
  ["hostSwapIn", "KiB/s", "mem.swapinRate.average"],
  ["hostSwapOut", "KiB/s", "mem.swapoutRate.average"],
  ["x-host-swap-used", "KiB", "mem.swapused.average"],
  ["x-latency", "ratio", "mem.latency.average"],
  ["hostFree", "KiB", "mem.unreserved.average"],
  ["hostState", "1", "mem.state.latest"],
];

/** Columns of all logs with vCenter's counters. */
export const VCENTER_COLUMNS: readonly ColumnSpec[] = COUNTERS.map(([quantity, unit, name]) =>
  column(quantity, name, unit, unit.endsWith("/s") ? RATE : name.endsWith(".latest") ? {} : MEAN),
);

/** By names in lower case, as in PowerCLI. */
const BY_NAME: ReadonlyMap<string, number> = new Map(COUNTERS.map(([, , name], index) => [name.toLowerCase(), index]));
const ACTIVE = BY_NAME.get("mem.active.average") as number;
const USAGE = BY_NAME.get("mem.usage.average") as number;
const GRANTED = BY_NAME.get("mem.granted.average") as number;
const CONSUMED = BY_NAME.get("mem.consumed.average") as number;

/** Column of a counter, in any case of letters; -1 for an unknown one. */
export const columnOfCounter = (name: string): number => BY_NAME.get(name.toLowerCase()) ?? -1;

/**
 * Converts a counter's number to the unit of its column; NaN for a negative one: vCenter stores -1 for missing values.
 * @param perPercent number of units per percent: vCenter stores hundredths, tools may print percents
 */
export function inUnit(index: number, value: number, perPercent: number): number {
  if (value < 0) return Number.NaN;
  const unit = VCENTER_COLUMNS[index]?.unit;
  if (unit === "%") return value / perPercent;
  return unit === "ratio" ? value / (100 * perPercent) : value;
}

/**
 * Marks a sample of a VM that is off: it has been granted nothing, and touches nothing; vCenter may continue to report
 * it.
 */
export function notePower(sample: Sample): void {
  if (sample.machine.isHost) return;
  sample.isOff = sample.values[GRANTED] === 0 && !((sample.values[ACTIVE] as number) > 0);
}

/** Needs the figures that a host of VMware has of its VMs. */
export const WHOLE_DEMAND: DemandModel = {
  name: "whole",
  meaning:
    "active memory is anonymous and the working set; the VM's other memory, including what its balloon held and what the " +
    "host has swapped out, is page cache: a simulated host has to take that again; the default of --host",
  formulas: "anon = active, fileSet = granted + hostSwapped + balloon - active",
  isForHosts: true,
};

export const VCENTER_DEMANDS: readonly DemandModel[] = [
  {
    name: "cache",
    meaning:
      "active memory is anonymous and the working set; the VM's other memory, including memory that the host has " +
      "swapped out, is page cache",
    formulas: "anon = active, fileSet = granted + hostSwapped - active",
  },
  {
    name: "granted",
    meaning: "active memory is anonymous and the working set; the VM's other memory is page cache",
    formulas: "anon = active, fileSet = granted - active",
  },
  {
    name: "anon",
    meaning:
      "all memory of the VM, including memory that the host has swapped out, is anonymous; active memory is the " +
      "working set",
    formulas: "anon = granted + hostSwapped, workingSet = active",
  },
  { name: "active", meaning: "active memory is anonymous; there is no other demand", formulas: "anon = active" },
  WHOLE_DEMAND,
  {
    name: "whole-granted",
    meaning: "the same without what the host has swapped out, for logs that don't have it",
    formulas: "anon = active, fileSet = granted + balloon - active",
    isForHosts: true,
  },
];

/** Half of the last digit: mem.usage has two decimals of a percent. */
const HALF_DIGIT = 0.005;
const KIB_PER_MIB = 1024;
/** Sizes of VMs are multiples of 4 MiB. */
const LEAST_STEP_MIB = 4;
const MOST_STEP_MIB = 1 << 20;

/**
 * Finds a VM's RAM: its usage is the percentage of active memory, to a hundredth of a percent. Every sample leaves an
 * interval; in their intersection, one size is rounder than all others.
 */
export class UsageRam implements MemoryFinder {
  #low = 0;
  #high = Number.POSITIVE_INFINITY;
  #samples = 0;

  observe({ values }: Sample): void {
    const active = values[ACTIVE] as number;
    const usage = values[USAGE] as number;
    const granted = values[GRANTED] as number;
    if (granted > this.#low) this.#low = granted;
    if (!(active > 0) || !(usage > HALF_DIGIT)) return;
    this.#samples++;
    this.#low = Math.max(this.#low, (active * 100) / (usage + HALF_DIGIT));
    this.#high = Math.min(this.#high, (active * 100) / (usage - HALF_DIGIT));
  }

  result(): { readonly pages: number; readonly evidence: string } | null {
    if (this.#samples === 0) return null;
    for (let mib = MOST_STEP_MIB; mib >= LEAST_STEP_MIB; mib /= 2) {
      const step = mib * KIB_PER_MIB;
      const first = Math.ceil(this.#low / step) * step;
      if (first === 0 || first > this.#high) continue;
      if (first + step <= this.#high) return null;
      return {
        pages: first / KIB_PER_PAGE,
        evidence:
          `mem.active is mem.usage of ${Math.ceil(this.#low)} to ${Math.floor(this.#high)} KiB in all ` +
          `${this.#samples} samples, and no other multiple of ${mib} MiB is in between`,
      };
    }
    return null;
  }
}

/** Finds a host's RAM: its usage is the percentage of it that is consumed, to a hundredth of a percent. */
export class HostUsageRam implements MemoryFinder {
  #low = 0;
  #high = Number.POSITIVE_INFINITY;

  observe({ values }: Sample): void {
    const consumed = values[CONSUMED] as number;
    const usage = values[USAGE] as number;
    if (!(consumed > 0) || !(usage > HALF_DIGIT)) return;
    this.#low = Math.max(this.#low, (consumed * 100) / (usage + HALF_DIGIT));
    this.#high = Math.min(this.#high, (consumed * 100) / (usage - HALF_DIGIT));
  }

  result(): { readonly pages: number; readonly evidence: string } | null {
    // A mean over a time in which memory was added, or means that don't belong together, leave nothing in between.
    if (!(this.#high < Number.POSITIVE_INFINITY) || this.#low > this.#high) return null;
    return {
      pages: Math.round((this.#low + this.#high) / 2 / KIB_PER_PAGE),
      evidence: `mem.consumed is mem.usage of ${Math.ceil(this.#low)} to ${Math.floor(this.#high)} KiB in all samples`,
    };
  }
}

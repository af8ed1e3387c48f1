/** Checks that need the whole trace. */
import { bareMemoryHint } from "../../common/bare-size.ts";
import type { JsonPath } from "../../common/json.ts";
import { formatSize, formatTime, type Pages } from "../../common/units.ts";
import { type Column, NO_VALUE, seriesList } from "./columns.ts";
import type { Decoder } from "./decode.ts";
import { isConstant, valueAt } from "./series.ts";
import {
  SERIES_KERNEL_MEMORY,
  type Series,
  type SeriesId,
  seriesOfWorkload,
  type Trace,
  WORKLOAD_FIELDS,
} from "./types.ts";

/** Rounding of a straight line, in pages: smaller differences are ignored. */
const TOLERANCE = 1e-3;

/** Checks the series of a trace against each other; `rowCheck` checks the series in rows (`columns`). */
export function checkTrace(trace: Trace, decoder: Decoder, columns: readonly Column[]): void {
  const inRows = new Set(columns.map((column) => column.series));
  if (!inRows.has(SERIES_KERNEL_MEMORY)) checkKernelMemory(trace, decoder);
  const seen = new Set<string>();
  trace.workloads.forEach(({ name, anon, workingSet }, index) => {
    if (seen.has(name)) decoder.problem(`a second workload named ${name}`, "workloads", index, "name");
    seen.add(name);
    if (workingSet === null || inRows.has(anonOf(index)) || inRows.has(workingSetOf(index))) return;
    const excess = firstExcess(workingSet, anon);
    if (excess !== null) decoder.problem(excess, "workloads", index, "workingSet");
  });
}

/**
 * Errors in the initial state of a trace: balloon and swap. To be called when the values of time 0 are known, which in
 * JSON lines may be in the first row.
 */
export function startProblems(trace: Trace): { readonly path: JsonPath; readonly message: string }[] {
  const { guest, workloads } = trace;
  const problems: { path: JsonPath; message: string }[] = [];
  const kernel = Math.max(0, guest.kernelMemory.value[0] as number) || 0;
  if (guest.balloon > 0 && kernel + guest.balloon + (guest.minFree ?? 0) + guest.lowmemReserve >= guest.memory) {
    const parts = [`${formatSize(guest.balloon)} of balloon`];
    if (kernel > 0) parts.push(`${formatSize(kernel)} of kernel memory`);
    if (guest.minFree !== null) parts.push(`${formatSize(guest.minFree)} free`);
    if (guest.lowmemReserve > 0) parts.push(`${formatSize(guest.lowmemReserve)} of reserve`);
    const message = `${parts.join(" and ")} leave nothing of ${formatSize(guest.memory)} at time 0${bareMemoryHint(guest.memory)}`;
    problems.push({ path: ["guest", "balloon"], message });
  }
  let inSwap = 0;
  workloads.forEach(({ swapped, anon }, index) => {
    if (swapped === 0) return;
    inSwap += swapped;
    const path = ["workloads", index, "swapped"];
    const held = anon.value[0] as number;
    const all = Number.isNaN(held) ? "anon is unknown" : `anon is ${formatSize(held)}`;
    if (!(swapped <= held + TOLERANCE)) {
      problems.push({ path, message: `${formatSize(swapped)} are in swap at time 0, but ${all} then` });
    }
    if (inSwap > guest.swap && inSwap - swapped <= guest.swap) {
      const swap = guest.swap === 0 ? "the guest has no swap" : `the guest's swap is ${formatSize(guest.swap)}`;
      problems.push({ path, message: `${formatSize(inSwap)} are in swap at time 0, but ${swap}` });
    }
  });
  return problems;
}

/**
 * Checks the rows of a trace: returns a function that checks the values of the columns at one time and returns an
 * error message or null. Constant series of the header are checked, too.
 */
export function rowCheck(trace: Trace, columns: readonly Column[]): (values: Float64Array) => string | null {
  const list = seriesList(trace);
  /** Reads a series at one time; NaN if the row does not determine it. */
  const reading = (series: SeriesId): ((values: Float64Array) => number) => {
    const column = columns.findIndex((each) => each.series === series);
    if (column !== -1) return (values) => (values[column] === NO_VALUE ? Number.NaN : (values[column] as number));
    const fixed = list[series];
    const value = fixed && isConstant(fixed) ? (fixed.value[0] as number) : Number.NaN;
    return () => value;
  };
  const inRows = (series: SeriesId): boolean => columns.some((column) => column.series === series);
  const checks: ((values: Float64Array) => string | null)[] = [];
  if (inRows(SERIES_KERNEL_MEMORY)) {
    const kernel = reading(SERIES_KERNEL_MEMORY);
    checks.push((values) => (kernel(values) >= trace.guest.memory ? tooMuchKernel(kernel(values), trace) : null));
  }
  trace.workloads.forEach((_, index) => {
    if (!inRows(anonOf(index)) && !inRows(workingSetOf(index))) return;
    const used = reading(workingSetOf(index));
    const held = reading(anonOf(index));
    checks.push((values) => {
      if (!(used(values) > held(values) + TOLERANCE)) return null;
      return `the working set is ${formatSize(used(values))}, but anon only ${formatSize(held(values))}`;
    });
  });
  return (values) => {
    for (const check of checks) {
      const wrong = check(values);
      if (wrong !== null) return wrong;
    }
    return null;
  };
}

const anonOf = (workload: number): SeriesId => seriesOfWorkload(workload, WORKLOAD_FIELDS.indexOf("anon"));
const workingSetOf = (workload: number): SeriesId => seriesOfWorkload(workload, WORKLOAD_FIELDS.indexOf("workingSet"));

/** Checks that the kernel's memory, which can't be reclaimed, fits beside the free memory that the kernel keeps. */
function checkKernelMemory(trace: Trace, decoder: Decoder): void {
  const { memory, minFree, lowmemReserve, kernelMemory } = trace.guest;
  const most = maximum(kernelMemory);
  const free = (minFree ?? 0) + lowmemReserve;
  if (most >= memory) {
    decoder.problem(tooMuchKernel(most, trace), "guest", "kernelMemory");
  } else if (free > 0 && isConstant(kernelMemory) && most + free >= memory) {
    decoder.problem(
      `${formatSize(free)} free and ${formatSize(most)} of kernel memory leave nothing of ${formatSize(memory)}${bareMemoryHint(memory)}`,
      "guest",
      lowmemReserve > 0 ? "lowmemReserve" : "minFree",
    );
  }
}

function tooMuchKernel(pages: Pages, { guest }: Trace): string {
  return `${formatSize(pages)} of kernel memory in a guest of ${formatSize(guest.memory)}${bareMemoryHint(guest.memory)}`;
}

/**
 * A message about the first time at which the working set exceeds its memory; null if there is none, as far as known.
 */
function firstExcess(workingSet: Series, anon: Series): string | null {
  if (workingSet.repeatUs > 0 || anon.repeatUs > 0) {
    const most = maximum(workingSet);
    const limit = maximum(anon);
    if (!(most > limit + TOLERANCE)) return null;
    return `a working set of ${formatSize(most)}, but anon is never more than ${formatSize(limit)}`;
  }
  let i = 0;
  let j = 0;
  for (;;) {
    const from = Math.max(workingSet.at[i] as number, anon.at[j] as number);
    const nextI = workingSet.at[i + 1] ?? Number.POSITIVE_INFINITY;
    const nextJ = anon.at[j + 1] ?? Number.POSITIVE_INFINITY;
    const until = Math.min(nextI, nextJ);
    // Between two points both are straight, so the ends of the interval decide.
    for (const us of until === Number.POSITIVE_INFINITY ? [from] : [from, until]) {
      const used = valueAt(workingSet, i, us);
      const held = valueAt(anon, j, us);
      if (used > held + TOLERANCE) {
        return `at ${formatTime(us)} the working set is ${formatSize(used)}, but anon only ${formatSize(held)}`;
      }
    }
    if (until === Number.POSITIVE_INFINITY) return null;
    if (nextI === until) i++;
    if (nextJ === until) j++;
  }
}

/** The largest known value of a series; -Infinity without a known value. */
function maximum(series: Series): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of series.value) if (value > most) most = value;
  return most;
}

import { formatCost, formatSize, type Ns, parseCost } from "../../common/units.ts";
import { costKey } from "../trace/cost-keys.ts";
import { isTickRate } from "../trace/sections/machine.ts";
import type { Costs, MachineProfile } from "../trace/types.ts";
import { loadText } from "./machine-load.ts";
import type { MeasuredCosts } from "./measured-costs.ts";
import type { MedianInterval } from "./median-interval.ts";

/** Significant digits of a cost: more than passes agree on. */
const DIGITS = 3;
/** Coverage of the intervals of a machine file. */
const COVERAGE = 0.9;

/** A cost as a machine file has it: what its text is read as, which may differ in the last binary digit. */
export const roundedNs = (ns: Ns): Ns => parseCost(formatCost(Number(ns.toPrecision(DIGITS))));

/** An interval in words, with its coverage if that is less than 90 %: "1.4us to 1.63us", "1us to 2us (75 %)". */
export function intervalText({ low, high, coverage }: MedianInterval): string {
  const ends = `${formatCost(roundedNs(low))} to ${formatCost(roundedNs(high))}`;
  return coverage >= COVERAGE ? ends : `${ends} (${Math.round(100 * coverage)} %)`;
}

/**
 * A machine with the costs that were measured, and the other numbers of a base. Its provenance says what stands for each
 * cost; it has neither names nor times.
 * @param name of the machine
 * @param program name and version of the measuring program
 */
export function measuredMachine(
  base: MachineProfile,
  measured: MeasuredCosts,
  { name, program }: { readonly name: string; readonly program: string },
): MachineProfile {
  const { costs, kernel, processors, load, regionPages } = measured;
  const known = costs.flatMap(({ field, interval, note }) => (interval === null ? [] : [{ field, interval, note }]));
  const hz = measured.hz !== null && isTickRate(measured.hz) ? measured.hz : null;
  const medians = known.map(({ field, interval }): [keyof Costs, Ns] => [field, roundedNs(interval.median)]);
  const intervals = known
    .filter(({ interval }) => interval.coverage >= COVERAGE)
    .map(({ field, interval: { low, high } }): [keyof Costs, readonly [Ns, Ns]] => [
      field,
      [roundedNs(low), roundedNs(high)],
    ]);
  const method = [
    `Medians of passes over regions of up to ${formatSize(regionPages)}, with intervals of order statistics; ${loadText(load)}.`,
    ...known.map(
      ({ field, interval, note }) => `${costKey(field)}, ${interval.count} passes, ${intervalText(interval)}: ${note}.`,
    ),
    `From the base: the other costs, ${hz === null ? "hz, " : ""}swapQueue${base.daemonCosts === null ? "" : ", daemonCosts"}.`,
  ];
  return {
    ...base,
    name,
    description: `Linux ${kernel}, ${processors} ${processors === 1 ? "processor" : "processors"}; measured on the machine itself.`,
    hz: hz ?? base.hz,
    cpus: processors,
    costs: { ...base.costs, ...Object.fromEntries(medians) },
    provenance: {
      program,
      method: method.join(" "),
      base: base.name,
      recordings: [],
      score: null,
      intervals: Object.fromEntries(intervals),
      kept: costs.filter(({ interval }) => interval === null).map(({ field }) => field),
    },
  };
}

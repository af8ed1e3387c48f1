import { formatCost, formatSize, type Ns, parseCost } from "../../common/units.ts";
import { COST_KEYS, isTickRate } from "../trace/sections/machine.ts";
import type { Costs, MachineProfile } from "../trace/types.ts";
import { loadText } from "./machine-load.ts";
import type { MeasuredCost, MeasuredCosts } from "./measured-costs.ts";

/** Significant digits of a cost: more than passes agree on. */
const DIGITS = 3;

/** A cost as a machine file has it: what its text is read as, which may differ in the last binary digit. */
export const roundedNs = (ns: Ns): Ns => parseCost(formatCost(Number(ns.toPrecision(DIGITS))));

/** The shortest form of a measured cost and its interval: "1.52us (1.4us to 1.63us)". */
const costText = ({ median, low, high }: NonNullable<MeasuredCost["interval"]>): string =>
  `${formatCost(roundedNs(median))} (${formatCost(roundedNs(low))} to ${formatCost(roundedNs(high))})`;

/**
 * A machine with the costs that were measured, and the other numbers of a base. Its description says where each number is
 * from; it has neither names nor times.
 * @param program name and version of the measuring program
 */
export function measuredMachine(base: MachineProfile, measured: MeasuredCosts, program: string): MachineProfile {
  const { costs, kernel, processors, load, regionPages } = measured;
  const hz = measured.hz !== null && isTickRate(measured.hz) ? measured.hz : null;
  const keyOf = (field: keyof Costs) => [...COST_KEYS].find(([, other]) => other === field)?.[0] as string;
  const known = costs.flatMap(({ field, interval, note }) =>
    interval === null
      ? []
      : [{ field, interval, text: `${keyOf(field)} ${costText(interval)}, ${interval.count} passes: ${note}` }],
  );
  const kept = costs.filter(({ interval }) => interval === null).map(({ field }) => keyOf(field));
  return {
    ...base,
    name: "here",
    description: [
      `Measured by ${program} on Linux ${kernel}, ${processors} processors, in regions of at most ${formatSize(regionPages)}; ${loadText(load)}. Medians with 90 % intervals.`,
      ...known.map(({ text }) => `${text}.`),
      `Kept from ${base.name}: ${[...kept, ...(hz === null ? ["hz"] : []), "swapQueue", ...(base.daemonCosts === null ? [] : ["daemonCosts"])].join(", ")}.`,
    ].join(" "),
    hz: hz ?? base.hz,
    cpus: processors,
    costs: {
      ...base.costs,
      ...Object.fromEntries(known.map(({ field, interval }) => [field, roundedNs(interval.median)])),
    },
  };
}

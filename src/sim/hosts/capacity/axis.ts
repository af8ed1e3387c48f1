/** The points that a search may try: sizes of a host, or numbers of its VMs, from the hardest to the easiest. */
import { InputError } from "../../../common/errors.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { quote } from "../../../common/quote.ts";
import { formatSize, type Pages } from "../../../common/units.ts";
import { mostAtOnce } from "../scenario/at-once.ts";
import type { HostScenario, VmScenario } from "../scenario/types.ts";
import { groupSizes, type Point } from "./point.ts";

/** The distance of two points: a part of what is configured, or a size or a number of VMs. */
export type Step = { readonly percent: number } | { readonly pages: Pages } | { readonly vms: number };

export interface Axis {
  readonly points: readonly Point[];
  /** Distance of two points, in pages or VMs. */
  readonly step: number;
  /**
   * Why there is no point before the first: VMs' reservations and overhead need what the host has, no memory is left, or the VMs have
   * `MOST_OVERCOMMIT` times its memory.
   */
  readonly limit: AxisLimit;
}

export type AxisLimit = "reservations" | "no memory" | "overcommit";

/**
 * The largest host that is tried, in parts of the memory that suffices for all VMs at once: policies that keep a fifth of the host
 * free take memory from guests on one that has no more than that.
 */
const LARGEST_HOST = 1.35;
/** The most VMs that are tried have so many times the host's memory. */
export const MOST_OVERCOMMIT = 4;
/** The most and the fewest points of an axis: of fewer, none has another on each side. */
const MAX_POINTS = 2000;
const MIN_POINTS = 3;

/** Memory of all VMs that are on at once, at most. */
export const configuredOf = ({ vms }: Pick<HostScenario, "vms">): Pages => mostAtOnce(vms, ({ memory }) => memory);

const whole = ({ memory, overhead }: VmScenario): Pages => memory + overhead;
const least = ({ reservation, overhead }: VmScenario): Pages => reservation + overhead;

/** Memory on which a host has room for everything, whatever its policy wants to keep free. */
export const ampleMemory = ({ vms, reserved }: HostScenario): Pages =>
  Math.ceil((reserved + mostAtOnce(vms, whole)) * LARGEST_HOST);

/**
 * Sizes of a host, multiples of the step: from what its VMs need in any case to more than all of them have.
 * @throws {InputError} naming `--step`
 */
export function memoryAxis(base: HostScenario, given: Step): Axis {
  if ("vms" in given)
    throw new InputError("--step: expected a size such as 512MiB, or a percentage of the memory of all VMs");
  const step = "pages" in given ? given.pages : roundedStep((configuredOf(base) * given.percent) / 100);
  const { vms, reserved } = base;
  const needed = reserved + mostAtOnce(vms, least);
  const from = Math.max(1, Math.ceil(needed / step));
  const to = Math.max(from, Math.ceil(ampleMemory(base) / step));
  checkSize(to - from + 1, formatSize(step));
  if (step > 1)
    checkRange(
      to - from + 1,
      formatSize(step),
      `the range from ${formatSize(needed)} to ${formatSize(ampleMemory(base))}`,
    );
  const points = Array.from(
    { length: to - from + 1 },
    (_, i): Point => ({ over: "memory", memory: (from + i) * step }),
  );
  return { points, step, limit: needed > 0 ? "reservations" : "no memory" };
}

/** A size near one, with few digits in binary units. */
function roundedStep(pages: Pages): Pages {
  const unit = 2 ** Math.max(0, Math.floor(Math.log2(pages / 4)));
  return Math.max(1, Math.round(pages / unit) * unit);
}

function checkSize(points: number, step: string): void {
  if (points > MAX_POINTS)
    throw new InputError(`--step ${step}: makes ${points} points, expected at most ${MAX_POINTS}: take a larger step`);
}

/** @param range the values of which the points are a part, in words */
function checkRange(points: number, step: string, range: string): void {
  if (points < MIN_POINTS)
    throw new InputError(
      `--step ${step}: makes ${points} ${points === 1 ? "point" : "points"} of ${range}, expected at least ${MIN_POINTS}: take a smaller step`,
    );
}

/**
 * Numbers of VMs, the most first: of all entries of the file in proportion to their counts, or of one.
 * @param group name of the entry of which the number is varied; null: all
 * @throws {InputError} if there is no such VM, or naming `--step`
 */
export function vmsAxis(base: HostScenario, group: string | null, given: Step): Axis {
  const sizes = groupSizes(base);
  if (group !== null && !sizes.has(group)) {
    const known = [...sizes.keys()];
    throw new InputError(
      `--group ${quote(group)}: there is no such VM in the file${didYouMean(group, known) || ` (there are ${known.slice(0, 12).join(", ")})`}`,
    );
  }
  if ("pages" in given)
    throw new InputError("--step: expected a number of VMs such as 2, or a percentage of their number");
  const varied = group === null ? base.vms.length : (sizes.get(group) as number);
  const step = "vms" in given ? given.vms : Math.max(1, Math.round((varied * given.percent) / 100));
  const { points, limit } = pointsOfVms(base, group, step);
  if (step > 1) checkRange(points.length, String(step), "the numbers of VMs that the host has room for");
  return { points: points.reverse(), step, limit };
}

function pointsOfVms(base: HostScenario, group: string | null, step: number): { points: Point[]; limit: AxisLimit } {
  const sizes = groupSizes(base);
  const points: Point[] = [];
  for (const counts of group === null ? proportional(sizes, step) : ofOne(sizes, group, step)) {
    const limit = limitOf(base, counts);
    if (limit !== null && points.length > 0) return { points, limit };
    points.push({ over: "vms", counts });
    checkSize(points.length, String(step));
  }
  throw new Error("numbers of VMs have no end");
}

type Counts = Record<string, number>;

function* ofOne(sizes: ReadonlyMap<string, number>, group: string, step: number): Generator<Counts> {
  for (let count = 0; ; count += step) yield { ...Object.fromEntries(sizes), [group]: count };
}

/**
 * One VM more each time, of the entry that has fewest for its count in the file (the method of Sainte-Laguë): no entry ever loses one,
 * and with as many VMs as the file has, each has its count.
 */
function* proportional(sizes: ReadonlyMap<string, number>, step: number): Generator<Counts> {
  const counts: Counts = Object.fromEntries([...sizes.keys()].map((group) => [group, 0]));
  for (let vms = 1; ; vms++) {
    let next = "";
    let most = -1;
    for (const [group, size] of sizes) {
      const claim = size / (2 * (counts[group] as number) + 1);
      if (claim > most) [next, most] = [group, claim];
    }
    counts[next] = (counts[next] as number) + 1;
    if (vms % step === 0) yield { ...counts };
  }
}

/** Why so many VMs are not worth a try: the host does not have what it must give them, or they have many times its memory; null: they are. */
function limitOf({ vms, memory, reserved }: HostScenario, counts: Counts): AxisLimit | null {
  const sumOf = (sizeOf: (vm: VmScenario) => Pages): Pages =>
    Object.entries(counts).reduce((sum, [group, count]) => {
      const one = vms.find((vm) => vm.group === group) as VmScenario;
      return sum + count * sizeOf(one);
    }, 0);
  if (reserved + sumOf(least) > memory) return "reservations";
  return sumOf((vm) => vm.memory) > MOST_OVERCOMMIT * memory ? "overcommit" : null;
}

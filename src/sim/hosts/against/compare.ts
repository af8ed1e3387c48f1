/** Compares the targets that a policy decides for the VMs of a host with those that a real host has set. */
import { medianOf } from "../../../common/statistics.ts";
import type { Bytes, Us } from "../../../common/units.ts";
import { type Certainty, certaintyOf, type Grade, lengthOf, marginOf } from "./certainty.ts";
import { type Changes, changesOf, type Movement, movementOf, sumOfChanges } from "./movement.ts";
import { type ComparedVm, type HostPiece, type Piece, piecesOf, sumOf, type TargetSeries } from "./series.ts";
import { type Stretch, stretchesOf, windowOf } from "./stretches.ts";

/** What two targets differ by; amounts are means over the compared time, in bytes; all NaN if nothing was compared. */
export interface Difference {
  readonly measured: Bytes;
  readonly decided: Bytes;
  /** Mean of the absolute difference. */
  readonly apart: Bytes;
  /** `apart` as a part of the configured memory, 0 to 1. */
  readonly part: number;
  /** Mean of decided less measured. */
  readonly bias: Bytes;
  /** Half the width of the 95 % interval of `apart`; null: too few values. */
  readonly margin: Bytes | null;
  /** When it was largest: at most three stretches that don't touch, the largest first. */
  readonly largest: readonly Stretch[];
  readonly movement: Movement;
}

/** The comparison of a VM. */
export interface ComparedTargets extends Difference {
  readonly name: string;
  readonly memory: Bytes;
  readonly certainty: Certainty;
}

/** The comparison of a host: of the sums over its VMs, at each time over those whose targets are known. */
export interface ComparedHost extends Difference {
  /** Mean of the configured memory of these VMs. */
  readonly memory: Bytes;
  /**
   * Mean of the sum of the absolute differences of the VMs: more than `apart` where the policy takes the same amount from other
   * VMs.
   */
  readonly misplaced: Bytes;
  /** What all targets came to over time, in equal windows; those without a known target are left out. */
  readonly over: readonly Stretch[];
  /** VMs that were compared. */
  readonly compared: number;
  readonly grade: Grade;
  readonly comparedUs: Us;
}

/** The comparison of all targets of a host with the measured ones. */
export interface Against {
  readonly durationUs: Us;
  /** Length of the steps in which movements are compared. */
  readonly stepUs: Us;
  /** In the order given. */
  readonly vms: readonly ComparedTargets[];
  readonly host: ComparedHost;
}

/** Usual length of a step; shorter runs have at least 60 steps, longer ones at most 10,000. */
const MINUTE_US: Us = 60_000_000;
const LEAST_STEPS = 60;
const MAX_STEPS = 10_000;
const LARGEST = 3;

/**
 * Compares decided targets with measured ones.
 * @param vms with different names
 * @param durationUs length of the host's run
 */
export function compareTargets(vms: readonly ComparedVm[], durationUs: Us): Against {
  const stepUs = stepOf(vms, durationUs);
  const count = Math.floor(durationUs / stepUs);
  const windowUs = windowOf(durationUs);
  const parts = vms.map((vm) => {
    const pieces = piecesOf(vm, durationUs);
    return { vm, memory: vm.memory, pieces, changes: changesOf(pieces, stepUs, count) };
  });
  const compared = parts.map(({ vm, pieces, changes }): ComparedTargets => {
    const difference = differenceOf(pieces, changes, () => vm.memory, windowUs);
    const certainty = certaintyOf(vm, pieces, difference.movement, durationUs);
    return { name: vm.name, memory: vm.memory, ...difference, certainty };
  });
  const sums = sumOf(parts);
  const changes = sumOfChanges(
    parts.map((part) => part.changes),
    count,
  );
  return {
    durationUs,
    stepUs,
    vms: compared,
    host: {
      ...differenceOf(sums, changes, ({ memory }) => memory, windowUs),
      memory: meanOf(sums, ({ memory }) => memory),
      misplaced: meanOf(sums, ({ apart }) => apart),
      over: stretchesOf(sums, windowUs),
      compared: compared.filter(({ certainty }) => certainty.grade !== "none").length,
      grade: gradeOfAll(compared),
      comparedUs: lengthOf(sums),
    },
  };
}

function differenceOf<P extends Piece | HostPiece>(
  pieces: readonly P[],
  changes: Changes,
  memoryOf: (piece: P) => Bytes,
  windowUs: Us,
): Difference {
  const apartOf = ({ measured, decided }: P): Bytes => Math.abs(decided - measured);
  const [measured, decided] = [meanOf(pieces, (each) => each.measured), meanOf(pieces, (each) => each.decided)];
  return {
    measured,
    decided,
    apart: meanOf(pieces, apartOf),
    part: meanOf(pieces, (piece) => apartOf(piece) / memoryOf(piece)),
    bias: decided - measured,
    margin: marginOf(pieces, apartOf),
    largest: largestOf(stretchesOf(pieces, windowUs)),
    movement: movementOf(changes),
  };
}

/** The stretches with the largest differences that don't touch each other. */
function largestOf(stretches: readonly Stretch[]): Stretch[] {
  const chosen: Stretch[] = [];
  for (const each of stretches.toSorted((a, b) => b.apart - a.apart)) {
    if (each.apart === 0 || chosen.length === LARGEST) break;
    if (chosen.every(({ fromUs, untilUs }) => each.fromUs > untilUs || each.untilUs < fromUs)) chosen.push(each);
  }
  return chosen;
}

/** Mean over time; NaN without any time. */
function meanOf<P extends Piece>(pieces: readonly P[], of: (piece: P) => number): number {
  let [sum, us] = [0, 0];
  for (const piece of pieces) {
    const lengthUs = piece.untilUs - piece.fromUs;
    sum += of(piece) * lengthUs;
    us += lengthUs;
  }
  return us === 0 ? Number.NaN : sum / us;
}

/** The length of the steps in which movements are compared: no shorter than the time between two measured values. */
const stepOf = (vms: readonly ComparedVm[], durationUs: Us): Us =>
  Math.max(
    1,
    Math.min(MINUTE_US, Math.floor(durationUs / LEAST_STEPS)),
    Math.ceil(durationUs / MAX_STEPS),
    ...vms.map(sampleStepOf),
  );

/** Usual time between two measured values; 0 for fewer than two. */
function sampleStepOf({ measured }: ComparedVm): Us {
  if (measured?.sampleUs !== undefined) return measured.sampleUs;
  const at: TargetSeries["at"] = measured?.at ?? [];
  return at.length < 2 ? 0 : Math.ceil(medianOf(at.slice(1).map((us, i) => us - (at[i] as number))));
}

const GRADES: readonly Grade[] = ["none", "weak", "fair", "good"];

/** The grade that half of the compared VMs have or exceed. */
function gradeOfAll(vms: readonly ComparedTargets[]): Grade {
  const ranks = vms.map(({ certainty }) => GRADES.indexOf(certainty.grade)).filter((rank) => rank > 0);
  ranks.sort((a, b) => a - b);
  return ranks.length === 0 ? "none" : (GRADES[ranks[(ranks.length - 1) >> 1] as number] as Grade);
}

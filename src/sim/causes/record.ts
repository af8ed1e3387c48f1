import type { Pages, Us } from "../../common/units.ts";
import type { TargetLine } from "../view/causes.ts";
import type { Figures } from "./figures.ts";
import type { CauseKind } from "./kinds.ts";

/** What an actor is. */
export type CauseRole = "workload" | "driver" | "kernel" | "kswapd" | "host";

/** A cause: a wait or an incident, or several of the same kind and actor that followed each other. Plain data. */
export interface CauseRecord {
  /** Number within its run, from 1, in the order of `sinceUs`. */
  readonly id: number;
  /** What happened. */
  readonly kind: CauseKind;
  /** The actor: what it is, and its name: of a workload its own, else `balloon driver`, `kernel`, `kswapd` or `host`. */
  readonly role: CauseRole;
  /** Name of the actor: of a workload its own, else `balloon driver`, `kernel`, `kswapd` or `host`. */
  readonly who: string;
  /** Who called the OOM killer; null for other kinds. */
  readonly by: string | null;
  /** Beginning of the first, and end of the last. */
  readonly sinceUs: Us;
  /** End of the last, in microseconds since the trace began. */
  readonly untilUs: Us;
  /** How many there were. */
  readonly count: number;
  /** The sum of their times, and the longest with its beginning; incidents take no time. */
  readonly totalUs: Us;
  /** The longest of them, in microseconds. */
  readonly longestUs: Us;
  /** When the longest began, in microseconds since the trace began. */
  readonly longestAtUs: Us;
  /**
   * The sum of the pages that they were about; 0 if they were not about pages. Of changes of the target: the target after the last
   * one less that before the first, moves along lines between them included.
   */
  readonly pages: Pages;
  /** Of a target that moves along a line: the target at the line's end, and when that is; else null. */
  readonly line: TargetLine | null;
  /**
   * The state before: before the target changed, if the balloon was still following it, and a minute earlier at least; but not
   * before the last kill or reset.
   */
  readonly before: Figures;
  /** The state when the first one began, and when the longest one did; of changes of the target: when the last one did. */
  readonly first: Figures;
  /** The state when the longest one began; of changes of the target: when the last one did. */
  readonly worst: Figures;
  /**
   * Ids of the causes that led here, in order: of each kind that can lead to others (`KindInfo.isLeading`) the latest that began
   * earlier, within the last minute or still in force, and the last change of the target.
   */
  readonly chain: readonly number[];
}

/** A finished recording of a run. Plain data. */
export interface CauseRecording {
  /** Those of the whole run, by their beginnings. */
  readonly records: readonly CauseRecord[];
  /** Causes of a kind and an actor that were at most so far apart are one record, in microseconds. */
  readonly gapUs: Us;
  /** The length of the run, in microseconds. */
  readonly endUs: Us;
  /** Sizes of the guest, in pages. */
  readonly guest: {
    /** RAM, in pages. */
    readonly memory: Pages;
    /** Size of the swap device, in pages. */
    readonly swap: Pages;
    /** The watermarks without a boost. */
    readonly min: Pages;
    /** Watermark at which kswapd wakes, in pages. */
    readonly low: Pages;
    /** Watermark at which kswapd sleeps, in pages. */
    readonly high: Pages;
  };
}

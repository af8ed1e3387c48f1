import type { Pages } from "../../common/units.ts";
import type { Archive, Archived } from "../state/archive.ts";
import type { Change } from "../trace/types.ts";
import { Value } from "../trace/value.ts";

/** The mind of a host, for one VM: it decides the target of the VM's balloon. */
export interface TargetMind extends Archived {
  /** The target at a time that is not before the last change, in whole pages. */
  targetAt(nowUs: number): Pages;
  /** Whether the target moves now along a line. */
  moves(nowUs: number): boolean;
  /** Whether the target is unknown now; until it is known again, the last known one applies. */
  readonly unknown: boolean;
  /**
   * Receives a target from the VM's trace.
   * @returns whether the target differs from the one before, or moves
   */
  follow(change: Readonly<Change>, nowUs: number): boolean;
}

/** A host whose targets are those of the trace. */
export class TraceMind implements TargetMind {
  readonly #target = new Value();

  targetAt(nowUs: number): Pages {
    return Math.floor(this.#target.at(nowUs));
  }

  moves(nowUs: number): boolean {
    return this.#target.moves(nowUs);
  }

  get unknown(): boolean {
    return this.#target.unknown;
  }

  follow({ atUs, value, untilUs, untilValue }: Readonly<Change>, nowUs: number): boolean {
    const before = this.#target.at(nowUs);
    this.#target.set(atUs, value, untilUs, untilValue);
    return this.#target.at(nowUs) !== before || this.#target.moves(nowUs);
  }

  archive(a: Archive): void {
    this.#target.archive(a);
  }
}

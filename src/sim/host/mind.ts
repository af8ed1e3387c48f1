import type { Archive, Archived } from "../state/archive.ts";
import type { Change } from "../trace/types.ts";
import { Value } from "../trace/value.ts";

/** The mind of a host, as far as it concerns one VM: it decides how large the VM's balloon shall be. */
export interface TargetMind extends Archived {
  /** The target at a time not before the last change, in whole pages. */
  targetAt(nowUs: number): number;
  /** Whether the target moves now, along a line. */
  moves(nowUs: number): boolean;
  /** Whether the target is not known now; the last known one holds meanwhile. */
  readonly unknown: boolean;
  /**
   * Hears of a target that the VM's trace has.
   * @returns whether the target is another one now, or moves
   */
  follow(change: Readonly<Change>, nowUs: number): boolean;
}

/** A host that wants what the trace says. */
export class TraceMind implements TargetMind {
  readonly #target = new Value();

  targetAt(nowUs: number): number {
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

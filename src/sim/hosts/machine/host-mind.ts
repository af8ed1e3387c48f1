import type { Pages } from "../../../common/units.ts";
import type { TargetMind } from "../../host/mind.ts";
import type { Archive } from "../../state/archive.ts";

/** The mind of a host whose policy sets the target of one VM. The targets of the VM's trace have no effect. */
export class HostMind implements TargetMind {
  readonly unknown = false;
  #target: Pages;
  #isFirst = true;

  /** @param target balloon size that the host wants when the VM is powered on */
  constructor(target: Pages) {
    this.#target = target;
  }

  targetAt(): Pages {
    return this.#target;
  }

  moves(): boolean {
    return false;
  }

  /** The trace's first target stands for the one that the host has at that time; the others are ignored. */
  follow(): boolean {
    const isNew = this.#isFirst && this.#target !== 0;
    this.#isFirst = false;
    return isNew;
  }

  /** @returns whether the target is another one than before */
  set(target: Pages): boolean {
    const isNew = target !== this.#target;
    this.#target = target;
    return isNew;
  }

  archive(a: Archive): void {
    this.#target = a.number(this.#target);
    this.#isFirst = a.boolean(this.#isFirst);
  }
}

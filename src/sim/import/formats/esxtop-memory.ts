import { formatSize } from "../../../common/units.ts";
import type { Machine, MemoryFinder, Sample } from "../reader.ts";
import type { Quantity } from "../vocabulary.ts";

/** The RAM of nearly all VMs is a multiple of this. */
const STEP_MIB = 256;
/** Memory of the group besides RAM and overhead: observed are 20 to 25 MiB. */
const MAX_REST_MIB = 64;
const PAGES_PER_MIB = 256;

/**
 * Finds a VM's RAM from a size that includes the VM's overhead: the size without the overhead is a multiple of 256 MiB
 * plus a small rest.
 */
export class ConfiguredMemory implements MemoryFinder {
  readonly #size: number;
  readonly #overhead: number;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;

  /** @param size quantity of the size with overhead, @param overhead quantity of the overhead, both in MiB */
  constructor(machine: Machine, size: Quantity, overhead: Quantity) {
    this.#size = machine.columns.findIndex(({ quantity }) => quantity === size);
    this.#overhead = machine.columns.findIndex(({ quantity }) => quantity === overhead);
  }

  observe({ isOff, values }: Sample): void {
    if (isOff || this.#size === -1 || this.#overhead === -1) return;
    const rest = (values[this.#size] as number) - (values[this.#overhead] as number);
    if (rest < this.#least) this.#least = rest;
    if (rest > this.#most) this.#most = rest;
  }

  result(): { readonly pages: number; readonly evidence: string } | null {
    const ram = Math.floor(this.#least / STEP_MIB) * STEP_MIB;
    if (!(ram > 0) || this.#most - ram > MAX_REST_MIB) return null;
    const [low, high] = [this.#least, this.#most].map((mib) => Math.round((mib - ram) * 100) / 100);
    const rest = low === high ? `${low}` : `${low} to ${high}`;
    return {
      pages: ram * PAGES_PER_MIB,
      evidence: `the VM's memory size without overhead is ${rest} MiB more than ${formatSize(ram * PAGES_PER_MIB)}, which VMs come in multiples of ${STEP_MIB} MiB of`,
    };
  }
}

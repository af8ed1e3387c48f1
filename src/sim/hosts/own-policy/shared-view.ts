/**
 * A view in memory that two threads share: a number for each field, NaN where there is none. Copying the view's objects to the other
 * thread would take several times as long, for forty VMs longer than a policy takes to decide.
 */
import { HOST_FIELDS, type HostFigures, type HostView, VM_FIELDS, type VmFigures } from "../view.ts";

const FLAGS = ["ballooning", "migrating"] as const;
type Flag = (typeof FLAGS)[number];
type NumberField = Exclude<(typeof VM_FIELDS)[number], Flag | "sampled">;
const NUMBERS = VM_FIELDS.filter(
  (field): field is NumberField => field !== "sampled" && !FLAGS.some((flag) => flag === field),
);

/** Numbers of the time and the host, and of a VM. */
const HEAD = 1 + HOST_FIELDS.length;
const PER_VM = NUMBERS.length + FLAGS.length + 2;
/** VMs for which there is room at first. */
const FIRST_ROOM = 16;

/** What the reader does not have yet. */
export interface ViewNews {
  /** The names of the VMs, in the order of the view; as before without it. */
  readonly names?: readonly string[];
  /** The shared memory; as before without it. */
  readonly memory?: SharedArrayBuffer;
}

/** Writes views for one reader. */
export class ViewWriter {
  #names: readonly string[] = [];
  #numbers: Float64Array = new Float64Array(0);

  /** Writes a view over the last one, which the reader must have read. @returns what to give to the reader */
  write(view: HostView): ViewNews {
    const memory = this.#enlarge(view.vms.length);
    const names = this.#rename(view.vms);
    this.#numbers[0] = view.nowUs;
    for (const [index, field] of HOST_FIELDS.entries()) this.#numbers[1 + index] = view.host[field] ?? Number.NaN;
    let at = HEAD;
    for (const vm of view.vms) at = this.#writeVm(vm, at);
    return { ...(names === null ? {} : { names }), ...(memory === null ? {} : { memory }) };
  }

  #writeVm(vm: VmFigures, from: number): number {
    let at = from;
    for (const field of NUMBERS) this.#numbers[at++] = vm[field] ?? Number.NaN;
    for (const flag of FLAGS) this.#numbers[at++] = vm[flag] === undefined ? Number.NaN : Number(vm[flag]);
    this.#numbers[at++] = vm.sampled?.runUs ?? Number.NaN;
    this.#numbers[at++] = vm.sampled?.touched ?? Number.NaN;
    return at;
  }

  /** @returns the memory, if it is another one than before */
  #enlarge(vms: number): SharedArrayBuffer | null {
    if (HEAD + vms * PER_VM <= this.#numbers.length) return null;
    const memory = new SharedArrayBuffer(8 * (HEAD + Math.max(FIRST_ROOM, 2 * vms) * PER_VM));
    this.#numbers = new Float64Array(memory);
    return memory;
  }

  /** @returns the names, if they are other ones than before */
  #rename(vms: readonly VmFigures[]): readonly string[] | null {
    const isSame = vms.length === this.#names.length && vms.every(({ name }, index) => name === this.#names[index]);
    if (isSame) return null;
    this.#names = vms.map(({ name }) => name);
    return this.#names;
  }
}

/** Reads the views of one writer. */
export class ViewReader {
  #names: readonly string[] = [];
  #numbers: Float64Array = new Float64Array(0);

  /** The view that was written last, as objects of their own. */
  read({ names, memory }: ViewNews): HostView {
    if (names !== undefined) this.#names = names;
    if (memory !== undefined) this.#numbers = new Float64Array(memory);
    const host: { -readonly [K in keyof HostFigures]: HostFigures[K] } = {};
    for (const [index, field] of HOST_FIELDS.entries()) {
      const value = this.#numbers[1 + index] as number;
      if (!Number.isNaN(value)) host[field] = value;
    }
    const vms = this.#names.map((name, index) => this.#readVm(name, HEAD + index * PER_VM));
    return { nowUs: this.#numbers[0] as number, host, vms };
  }

  #readVm(name: string, from: number): VmFigures {
    const vm: { -readonly [K in keyof VmFigures]: VmFigures[K] } = { name };
    let at = from;
    for (const field of NUMBERS) {
      const value = this.#numbers[at++] as number;
      if (!Number.isNaN(value)) vm[field] = value;
    }
    for (const flag of FLAGS) {
      const value = this.#numbers[at++] as number;
      if (!Number.isNaN(value)) vm[flag] = value === 1;
    }
    const [runUs, touched] = [this.#numbers[at] as number, this.#numbers[at + 1] as number];
    if (!Number.isNaN(runUs)) vm.sampled = { runUs, touched };
    return vm;
  }
}

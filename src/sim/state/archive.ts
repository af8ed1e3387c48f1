/** Arrays that an archive can fill in place. */
export type NumberArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/**
 * The state of a run, while it is written to a checkpoint or read from one. A class with state lists its fields once,
 * in an `archive` method, for both directions: `this.free = a.number(this.free)` writes the field to a checkpoint, or
 * sets it from one. Values that are determined by the trace and the options are not part of the state.
 */
export interface Archive {
  number(value: number): number;
  boolean(value: boolean): boolean;
  /** An array whose length never changes. */
  numbers(values: NumberArray): void;
  /** An array of variable length. */
  list(values: number[]): void;
}

/** An object with state. */
export interface Archived {
  archive(a: Archive): void;
}

/** Writes the numbers of a state, one after the other. */
export class ArchiveWriter implements Archive {
  #numbers = new Float64Array(1024);
  #length = 0;

  number(value: number): number {
    if (this.#length === this.#numbers.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length++] = value;
    return value;
  }

  boolean(value: boolean): boolean {
    this.number(value ? 1 : 0);
    return value;
  }

  numbers(values: NumberArray): void {
    for (const value of values) this.number(value);
  }

  list(values: number[]): void {
    this.number(values.length);
    for (const value of values) this.number(value);
  }

  /** All numbers written so far. */
  state(): Float64Array {
    return this.#numbers.slice(0, this.#length);
  }
}

/** Returns the numbers that an `ArchiveWriter` has written, in the same order. */
export class ArchiveReader implements Archive {
  readonly #numbers: Float64Array;
  #at = 0;

  constructor(state: Float64Array) {
    this.#numbers = state;
  }

  number(_value: number): number {
    const value = this.#numbers[this.#at++];
    if (value === undefined) throw new RangeError("the state is shorter than expected");
    return value;
  }

  boolean(_value: boolean): boolean {
    return this.number(0) !== 0;
  }

  numbers(values: NumberArray): void {
    for (let i = 0; i < values.length; i++) values[i] = this.number(0);
  }

  list(values: number[]): void {
    const length = this.number(0);
    if (!(length >= 0 && length <= this.#numbers.length - this.#at)) throw new RangeError("the state is inconsistent");
    values.length = 0;
    for (let i = 0; i < length; i++) values.push(this.number(0));
  }

  /** Whether all numbers have been read. */
  get isSpent(): boolean {
    return this.#at === this.#numbers.length;
  }
}

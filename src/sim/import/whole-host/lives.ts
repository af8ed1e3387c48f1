/** The lives of the VMs of a host: a VM that is powered off and on again, or leaves the host and returns, begins anew. */
import type { Us } from "../../../common/units.ts";
import { type Format, type Machine, type ReadContext, Sample, type SampleStream } from "../reader.ts";

/** The time from when a VM is powered on, or comes to its host, to when it is off, or leaves. */
export interface Life {
  /** The machine of the log. */
  readonly of: Machine;
  /** From 1 on. */
  readonly number: number;
  /** Whether the log has the VM off before, and the time from which it has it off again; null: not in the log. */
  readonly wasOff: boolean;
  readonly offUs: Us | null;
}

/**
 * Makes a machine of each life of a VM, without the times in which it is off. The names of the machines are those of the log's
 * machines, the ids are those of the first lives, and `ID#2` for the second.
 */
export class Lives {
  /** By the ids of the machines that stand for them. */
  readonly #lives = new Map<string, Life>();
  /** Machines that a stream has been asked for: a later one is asked for their lives. */
  readonly #wanted = new Set<string>();

  /** The life for which a machine stands; undefined for a host. */
  of(id: string): Life | undefined {
    return this.#lives.get(id);
  }

  /** A format whose machines are the lives of the format's VMs; its streams of the same files have the same machines. */
  adapt(format: Format): Format {
    return {
      ...format,
      open: (files, context) => {
        const inner = format.open(files, widened(context, this.#wanted));
        return new LivesStream(inner, (id, life) => this.#lives.set(id, life));
      },
    };
  }
}

/** A context that wants a machine whose lives are wanted. */
function widened(context: ReadContext, wanted: Set<string>): ReadContext {
  const { report, unit, dateOrder, intervalUs, host } = context;
  return {
    report,
    unit,
    dateOrder,
    intervalUs,
    host,
    wants(id, name) {
      if (context.wants(id, name)) wanted.add(id);
      return wanted.has(id);
    },
    names: (id) => context.names(id),
    wallClock: (zone, said) => context.wallClock(zone, said),
    damaged: (fault) => context.damaged(fault),
  };
}

/** A VM at the current place of a stream. */
interface State {
  readonly inner: Machine;
  lives: number;
  /** The machine of the current life; null while it is off. */
  current: Machine | null;
  wasOff: boolean;
}

class LivesStream implements SampleStream {
  readonly #inner: SampleStream;
  readonly #note: (id: string, life: Life) => void;
  readonly #sample = new Sample();
  readonly #states: State[] = [];
  readonly #list: Machine[] = [];
  readonly #ids = new Set<string>();

  /** @param note is told of a life when it begins, and again when it ends */
  constructor(inner: SampleStream, note: (id: string, life: Life) => void) {
    this.#inner = inner;
    this.#note = note;
  }

  get machines(): readonly Machine[] {
    const without = this.#inner.machines.filter(({ index }) => (this.#states[index]?.lives ?? 0) === 0);
    return [...this.#list, ...without];
  }

  get bytesRead(): number {
    return this.#inner.bytesRead;
  }

  next(sample: Sample): boolean {
    const inner = this.#sample;
    while (this.#inner.next(inner)) {
      const machine = this.#lifeAt(inner);
      if (machine === null) continue;
      sample.begin(machine, inner.atUs);
      for (let i = 0; i < machine.columns.length; i++) sample.values[i] = inner.values[i] as number;
      sample.events.push(...inner.events);
      Object.assign(sample.place, inner.place);
      return true;
    }
    return false;
  }

  close(): void {
    this.#inner.close();
  }

  /** The machine whose sample this is; null while it is off. */
  #lifeAt({ machine, isOff, atUs }: Sample): Machine | null {
    const state = this.#stateOf(machine);
    const { current } = state;
    if (!isOff) return current ?? this.#begin(state);
    // A host that is off has no VMs: it stays in the list for its figures at other times.
    if (machine.isHost) return null;
    if (current !== null) {
      this.#note(current.id, { of: machine, number: state.lives, wasOff: state.wasOff, offUs: atUs });
      state.current = null;
    }
    state.wasOff = true;
    return null;
  }

  #stateOf(inner: Machine): State {
    this.#states[inner.index] ??= { inner, lives: 0, current: null, wasOff: false };
    return this.#states[inner.index] as State;
  }

  #begin(state: State): Machine {
    const { inner, wasOff } = state;
    state.lives++;
    let id = state.lives === 1 ? inner.id : `${inner.id}#${state.lives}`;
    // Names of VMs may have any form, that of a life too.
    while (this.#ids.has(id)) id += "'";
    this.#ids.add(id);
    const machine: Machine = { ...inner, index: this.#list.length, id, name: inner.name ?? inner.id };
    this.#list.push(machine);
    state.current = machine;
    if (!inner.isHost) this.#note(id, { of: inner, number: state.lives, wasOff, offUs: null });
    return machine;
  }
}

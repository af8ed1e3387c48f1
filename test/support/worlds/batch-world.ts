import { Capability, Command, Status, SUCCESS_WITH_CAPABILITIES } from "../../../src/engine/index.ts";

/** A page of a guest: 1 frame, or 512. */
export interface BatchPage {
  readonly isLarge: boolean;
  isLocked: boolean;
}

/** What happens in a world of batches, until another script is followed. */
export interface BatchScript {
  /** What the host grants; null: it answers START with BUSY. */
  readonly capabilities: number | null;
  /** Targets, one after the other: one for each command that carries it; the last one stays. */
  readonly targets: readonly number[];
  /** Allocations that succeed before all others fail, of pages of 4 KiB and of 2 MiB. */
  readonly small: number;
  readonly large: number;
  /** Allocations of pages of 4 KiB that may sleep, and that succeed, of drivers with both kinds; absent: those of `small`. */
  readonly sleeping?: number;
  /** Status of the n-th page that is offered or taken back, and of the n-th command, from 0; 0 is success. */
  readonly page: (n: number) => number;
  readonly command: (n: number) => number;
  readonly totalPages: number;
}

/** The answer to a command for pages. */
export interface BatchAnswer {
  readonly status: number;
  readonly entries: readonly number[];
  readonly target: number;
}

const FOREVER = Number.POSITIVE_INFINITY;
export const ALL = Capability.Basic | Capability.Batched | Capability.Batched2m | Capability.Target64;

/** Nothing fails. */
export const CALM: BatchScript = {
  capabilities: ALL,
  targets: [0],
  small: FOREVER,
  large: FOREVER,
  page: () => 0,
  command: () => 0,
  totalPages: 1 << 20,
};

const LOCKS: readonly number[] = [Command.Lock, Command.BatchedLock, Command.Batched2mLock];

/**
 * A guest's allocator and a host with batches, page by page. It counts what it is asked for, and does not put up with a page
 * that is locked twice, unlocked without being locked, or freed while it is locked.
 */
export class BatchWorld {
  /** Every command that the host has seen: its number and how many pages it was for. */
  readonly commands: string[] = [];
  /** Pages allocated and not freed, in frames. */
  held = 0;
  /** Frames that the host has locked. */
  locked = 0;
  #script: BatchScript;
  #small = 0;
  #large = 0;
  #sleeping: number | null = null;
  #targets: number[] = [];
  #target = 0;
  #pages = 0;
  #commands = 0;

  constructor(script: BatchScript) {
    this.#script = script;
    this.follow(script);
  }

  follow(script: BatchScript): void {
    this.#script = script;
    this.#small = script.small;
    this.#large = script.large;
    this.#sleeping = script.sleeping ?? null;
    this.#targets = [...script.targets];
  }

  get totalPages(): number {
    return this.#script.totalPages;
  }

  allocate(isLarge: boolean, canSleep = false): BatchPage | null {
    const isOther = canSleep && this.#sleeping !== null;
    if ((isLarge ? this.#large : isOther ? (this.#sleeping as number) : this.#small) <= 0) return null;
    if (isLarge) this.#large--;
    else if (isOther) this.#sleeping = (this.#sleeping as number) - 1;
    else this.#small--;
    this.held += isLarge ? 512 : 1;
    return { isLarge, isLocked: false };
  }

  split(page: BatchPage): BatchPage[] {
    if (page.isLocked) throw new Error("a locked page is split");
    return Array.from({ length: 512 }, () => ({ isLarge: false, isLocked: false }));
  }

  free(page: BatchPage): void {
    if (page.isLocked) throw new Error("a locked page is freed");
    this.held -= page.isLarge ? 512 : 1;
  }

  /** All that the host has locked is forgotten: by START, and where it demands a reset. */
  forget(pages: readonly BatchPage[]): void {
    for (const page of pages) page.isLocked = false;
    this.locked = 0;
  }

  start(wanted: number): readonly [status: number, capabilities: number] {
    const status = this.#answer(`start ${wanted}`);
    const { capabilities } = this.#script;
    if (status !== Status.Success) return [status, 0];
    if (capabilities === null) return [Status.Busy, 0];
    const granted = wanted & capabilities;
    return (granted & ~Capability.Basic) === 0 ? [Status.Success, 0] : [SUCCESS_WITH_CAPABILITIES, granted];
  }

  /** A command without pages and target. */
  plain(name: string): number {
    return this.#answer(name);
  }

  getTarget(limit: number): readonly [status: number, target: number] {
    const status = this.#answer(`target ${limit}`);
    return status === Status.Success ? [status, this.#nextTarget()] : [status, 0];
  }

  transfer(command: number, pages: readonly BatchPage[]): BatchAnswer {
    const status = this.#answer(`${command} ${pages.length}`);
    const isLock = LOCKS.includes(command);
    if (status !== Status.Success) return { status, entries: pages.map(() => status), target: 0 };
    const entries = pages.map((page) => {
      const own = command <= Command.Unlock ? Status.Success : this.#script.page(this.#pages++);
      if (own !== Status.Success) return own;
      if (page.isLocked === isLock) throw new Error(`a page is ${isLock ? "locked" : "unlocked"} twice`);
      page.isLocked = isLock;
      this.locked += (isLock ? 1 : -1) * (page.isLarge ? 512 : 1);
      return own;
    });
    return { status, entries, target: this.#nextTarget() };
  }

  #nextTarget(): number {
    this.#target = this.#targets.shift() ?? this.#target;
    return this.#target;
  }

  #answer(text: string): number {
    this.commands.push(text);
    return this.#script.command(this.#commands++);
  }
}

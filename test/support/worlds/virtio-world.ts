import type { BalloonWorld } from "../../../src/engine/index.ts";

const notOfThisDriver = (): never => {
  throw new Error("not a request of this driver");
};

/** A guest and a device of virtio that answer at once, and note what they are asked for. */
export class VirtioWorld {
  target = 0;
  /** Free pages of the guest, and most pages of one answer. */
  free = 1_000_000;
  most = Number.POSITIVE_INFINITY;
  /** Pages in the balloon, as the host knows it. */
  balloon = 0;
  /** The requests, and the pages of each message. */
  readonly log: string[] = [];
  readonly messages: number[] = [];
  /** Pages allocated and not told of, and told of and not freed. */
  #spare = 0;
  #unlocked = 0;
  #wake: (() => void) | null = null;
  #ticks = 0;
  readonly #after = new Map<string, () => void>();

  get isWoken(): boolean {
    return this.#wake !== null;
  }

  /** Runs the wake-up, if there is one. */
  wake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  /** Calls `action` once, when a request is made. */
  after(request: string, action: () => void): void {
    this.#after.set(request, action);
  }

  readonly ports: BalloonWorld = {
    cpu: 0,
    events: {},
    clock: {
      hz: 250,
      ticks: () => this.#ticks,
      wakeAt: notOfThisDriver,
      wakeExactlyAt: notOfThisDriver,
      wakeNow: (wake) => {
        this.#wake = wake;
      },
      sleep: (ms, reply) => {
        this.#ticks += ms / 4;
        this.#note(`sleep ${ms}`, () => reply(0, 0));
      },
    },
    device: {
      readTarget: (reply) => this.#note("read", () => reply(this.target, 0)),
      tell: (isInflation, count, reply) => {
        if (count < 1) throw new Error("an empty message");
        this.messages.push(count);
        if (isInflation === 1) {
          if (count !== this.#spare) throw new Error(`${count} of ${this.#spare} pages are told of`);
          this.#spare = 0;
          this.balloon += count;
        } else {
          if (count > this.balloon) throw new Error(`${count} pages of a balloon of ${this.balloon}`);
          this.balloon -= count;
          this.#unlocked += count;
        }
        this.#note(`${isInflation === 1 ? "inflate" : "deflate"} ${count}`, () => reply(0, 0));
      },
      writeActual: (size, reply) => this.#note(`actual ${size}`, () => reply(0, 0)),
    },
    allocator: {
      totalPages: notOfThisDriver,
      allocate: notOfThisDriver,
      split: notOfThisDriver,
      take: (_way, count, reply) => {
        const got = Math.min(count, this.free, this.most);
        const failed = got === this.free && got < count ? 1 : 0;
        this.free -= got;
        this.#spare += got;
        this.#note(`take ${count}`, () => reply(got, failed));
      },
      free: (count, _custody, reply) => {
        if (count > this.#unlocked) throw new Error(`${count} pages are freed, ${this.#unlocked} were told of`);
        this.#unlocked -= count;
        this.free += count;
        this.#note(`free ${count}`, () => reply(0, 0));
      },
    },
    hypervisor: {
      start: notOfThisDriver,
      guestId: notOfThisDriver,
      getTarget: notOfThisDriver,
      lock: notOfThisDriver,
      unlock: notOfThisDriver,
      transfer: notOfThisDriver,
      setDoorbell: notOfThisDriver,
    },
  };

  #note(request: string, reply: () => void): void {
    this.log.push(request);
    const action = this.#after.get(request);
    this.#after.delete(request);
    action?.();
    reply();
  }
}

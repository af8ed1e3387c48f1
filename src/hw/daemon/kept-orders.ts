/** The orders that hold after a restart. */
import { RunError } from "../../common/errors.ts";
import type { Orders } from "../control/orders.ts";
import type { Log } from "../log/log.ts";
import type { OrdersFile } from "./files/orders-file.ts";
import { within } from "./within.ts";

/** Longest time that an order's answer waits for the disk, in milliseconds: who gives it waits for the answer five seconds. */
const PATIENCE_MS = 3000;

/** What `KeptOrders` writes to. */
export type KeptFile = Pick<OrdersFile, "read" | "write" | "shown">;

/** Keeps orders over restarts, one after the other. A disk that takes its time holds up neither the balloon nor the answer. */
export class KeptOrders {
  readonly #file: KeptFile;
  readonly #log: Pick<Log, "info" | "warn">;
  #now: Orders;
  /** All work up to now. */
  #work: Promise<unknown> = Promise.resolve();

  /** @throws {InputError} if the kept orders can't be read */
  constructor(file: KeptFile, log: Pick<Log, "info" | "warn">) {
    this.#file = file;
    this.#log = log;
    this.#now = file.read();
  }

  /** What the file has, as far as it is known to be written. */
  get now(): Orders {
    return this.#now;
  }

  /**
   * Keeps orders if they are to hold over restarts. What an order lifts is not kept any longer in any case: a restart brings
   * nothing back that an operator has ended.
   * @returns a clause that says why a restart will not keep them, or not yet; null if it will, or shall not
   */
  async keep(orders: Orders, isToPersist: boolean): Promise<string | null> {
    const kept = this.#work.then(() => this.#keep(orders, isToPersist));
    this.#work = kept;
    if (await within(PATIENCE_MS, kept)) return await kept;
    void kept.then((failure) => {
      const fields = { event: "control", kept: failure === null };
      if (failure === null) this.#log.info(`${this.#file.shown}: the order holds over restarts as given now`, fields);
      else this.#log.warn(`an order is in force, but ${failure}`, fields);
    });
    return `${this.#file.shown} is not written yet, after ${PATIENCE_MS / 1000} s: the disk is slow, and the log will say when it is`;
  }

  /** Never fails. */
  async #keep(orders: Orders, isToPersist: boolean): Promise<string | null> {
    const before = this.#now;
    let kept = orders;
    if (!isToPersist) {
      kept = orders.mode === "follow" ? { ...before, mode: "follow", frozenPages: 0 } : before;
      if (orders.limit === null) kept = { ...kept, limit: null };
    }
    if (JSON.stringify(kept) === JSON.stringify(before)) return null;
    try {
      await this.#file.write(kept);
      this.#now = kept;
      return null;
    } catch (error) {
      const why = error instanceof RunError ? error.message : `${this.#file.shown}: ${String(error)}`;
      return `a restart will not keep it: ${why}`;
    }
  }
}

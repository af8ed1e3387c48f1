import type { Us } from "../../common/units.ts";
import { workloadOf } from "../time/slots.ts";
import { type CauseSink, Wait } from "../view/causes.ts";

/**
 * Adds up the time that workloads wait in ways that do not count as stalls: for files that are read again after their eviction, and
 * for the limit of dirty pages (estimated).
 */
export class OtherWaits implements CauseSink {
  /** The sum until now. */
  us: Us = 0;

  waits(actor: number, wait: number, _fromUs: Us, us: Us): void {
    if (workloadOf(actor) !== null && (wait === Wait.Reread || wait === Wait.DirtyLimit)) this.us += us;
  }

  attach(): void {}

  begins(): void {}

  ends(): void {}

  happened(): void {}
}

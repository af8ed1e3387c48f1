import { checkCount } from "../checks.ts";
import { PageSize } from "../page-size.ts";
import { Custody } from "../ports.ts";
import { Capability, Command, GUEST_ID_LINUX, grantedBy, Status, SUCCESS_WITH_CAPABILITIES } from "../protocol.ts";
import { KernelRequest, Life } from "../requests.ts";
import { hasLargePages, WANTED_CAPABILITIES } from "./capabilities.ts";
import type { Core } from "./core.ts";
import { Phase } from "./state.ts";

const U32_MAX = 0xffff_ffff;

/**
 * A reset: the driver takes its doorbell back, frees all pages without UNLOCK, sends START, and sets up what the host grants;
 * then its work cycle goes on. Unloading begins in the same way, and ends with the pages freed.
 */
export class Reset {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Begins a reset, or an unloading. */
  begin(): number {
    return this.#setDoorbell(Phase.Unset, 0);
  }

  /** The doorbell is taken back. */
  unset(status: number): number {
    const core = this.#core;
    core.answered(Command.DoorbellSet, status);
    core.state.hasDoorbell = 0;
    if (core.state.life === Life.Exiting) return core.ask(Phase.ExitStart, KernelRequest.Start, 0, 0);
    return this.#pop();
  }

  /** START without capabilities, which ends the driver's life, is answered. */
  exitStarted(status: number): number {
    this.#core.answered(Command.Start, status);
    return this.#pop();
  }

  /** The pages of one size are freed. */
  popped(): number {
    const s = this.#core.state;
    if (s.small > 0) {
      s.free4k += s.small;
      s.small = 0;
    } else {
      s.free2m += s.large;
      s.large = 0;
    }
    return this.#pop();
  }

  started(status: number, capabilities: number): number {
    const core = this.#core;
    if (status === SUCCESS_WITH_CAPABILITIES) checkCount("capabilities", capabilities, U32_MAX);
    core.answered(Command.Start, status);
    const s = core.state;
    const granted = grantedBy(status, capabilities);
    // The reset stays pending; the driver still asks for the target, and then does nothing.
    if (granted === null) return core.askTarget();
    this.grant(granted);
    s.reset++;
    s.resetRequired = 0;
    if ((s.capabilities & Capability.Doorbell) === 0) return this.#askGuestId();
    // A guest without doorbells still takes back what it could not give.
    return core.params.doorbell === 1
      ? this.#setDoorbell(Phase.DoorbellOn, 1)
      : this.#setDoorbell(Phase.DoorbellOff, 0);
  }

  doorbellOn(status: number): number {
    this.#core.answered(Command.DoorbellSet, status);
    if (status !== Status.Success) return this.#setDoorbell(Phase.DoorbellOff, 0);
    this.#core.state.hasDoorbell = 1;
    return this.#askGuestId();
  }

  doorbellOff(status: number): number {
    this.#core.answered(Command.DoorbellSet, status);
    this.#core.state.hasDoorbell = 0;
    return this.#askGuestId();
  }

  /** The last answer of a reset: a failure is only logged. */
  named(status: number): number {
    this.#core.answered(Command.GuestId, status);
    return this.#core.askTarget();
  }

  /** Sets up the driver for the capabilities that the host grants. */
  grant(capabilities: number): void {
    const { state: s, params } = this.#core;
    s.capabilities = capabilities;
    s.maxPageSize = hasLargePages(capabilities) ? PageSize.Large : PageSize.Small;
    if ((capabilities & Capability.Batched) !== 0) {
      s.isBatching = 1;
      s.batchMax = params.batchPages;
    } else if ((capabilities & Capability.Basic) !== 0) {
      s.isBatching = 0;
      s.batchMax = 1;
    }
  }

  #setDoorbell(phase: number, isSet: number): number {
    return this.#core.ask(phase, KernelRequest.SetDoorbell, 0, isSet);
  }

  #askGuestId(): number {
    return this.#core.ask(Phase.GuestId, KernelRequest.GuestId, 0, GUEST_ID_LINUX);
  }

  /** Frees all pages without UNLOCK, those of 4 KiB first. */
  #pop(): number {
    const core = this.#core;
    const { small, large, life } = core.state;
    if (small > 0) return core.ask(Phase.Pop, KernelRequest.Free, small, Custody.Balloon);
    if (large > 0) return core.ask(Phase.Pop, KernelRequest.Free, large, Custody.Balloon | Custody.Large);
    if (life !== Life.Exiting) return core.ask(Phase.Start, KernelRequest.Start, 0, WANTED_CAPABILITIES);
    core.state.life = Life.Exited;
    return core.end();
  }
}

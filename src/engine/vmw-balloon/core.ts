import { checkCount, checkStatus, checkTarget } from "../checks.ts";
import { PhaseMachine } from "../kernel-driver.ts";
import { batchedCommand } from "../page-size.ts";
import { LARGE_PAGE_FRAMES } from "../ports.ts";
import { FRAME_TOO_LARGE, Status, SUCCESS_WITH_CAPABILITIES } from "../protocol.ts";
import { KernelRequest } from "../requests.ts";
import type { Pages, Ticks } from "../units.ts";
import type { VmwBalloonParams } from "./params.ts";
import { createState, Phase, type VmwBalloonState } from "./state.ts";
import { COMMANDS, ERR_ALLOC } from "./statistics.ts";

/** The dead band of deflation: smaller surpluses stay, unless the balloon is to be empty. */
export const SLACK: Pages = LARGE_PAGE_FRAMES;

/** What the parts of the machine share: the state, requests, and the accounts of commands. */
export class Core extends PhaseMachine<VmwBalloonState> {
  readonly state = createState();
  /** The current tick, and ticks a second. */
  now: Ticks = 0;
  readonly hz: number;
  readonly params: VmwBalloonParams;

  constructor(params: VmwBalloonParams, hz: number) {
    super();
    this.params = params;
    this.hz = hz;
  }

  /** Pages in the balloon. */
  get size(): Pages {
    return this.state.small + this.state.large * LARGE_PAGE_FRAMES;
  }

  /** Pages by which the balloon shall change now: above 0 inflation, below 0 deflation. */
  get change(): Pages {
    const s = this.state;
    if (s.resetRequired === 1) return 0;
    const change = s.target - this.size;
    if (change < 0 && s.target !== 0 && -change < SLACK) return 0;
    if (change > 0 && this.now < s.shrinkUntil) return 0;
    return change;
  }

  /** Begins the part of a work cycle that every cycle has: it asks for the target. */
  askTarget(): number {
    this.state.timer++;
    return this.ask(Phase.TotalPages, KernelRequest.TotalPages, 0, 0);
  }

  /** Counts a command that was answered, notes a demanded reset, and takes the target that the answer carries. */
  answered(command: number, status: number, target?: Pages): void {
    checkStatus(status);
    if (target !== undefined && status === Status.Success) checkTarget(target);
    const s = this.state;
    const [count, failed] = COMMANDS[command] as (typeof COMMANDS)[number];
    s[count]++;
    if (status !== Status.Success && status !== SUCCESS_WITH_CAPABILITIES) s[failed]++;
    if (status === Status.Reset) s.resetRequired = 1;
    if (target !== undefined && status === Status.Success) s.target = target;
  }

  /** Sends a command for `state.pages` pages of the current size, in place of LOCK or UNLOCK. */
  transfer(phase: number, single: number): number {
    const { isBatching, pages, pageSize } = this.state;
    const command = isBatching === 0 ? single : batchedCommand(single, pageSize);
    return this.ask(phase, KernelRequest.Transfer, pages, command);
  }

  /** Accounts for the answer to such a command; returns how many pages it has moved. The driver counts refusals of both kinds. */
  transferred(status: number, refused: number, target: Pages): number {
    const s = this.state;
    checkCount("refused pages", refused, s.pages);
    // Without batches, a page whose number has more than 32 bits is refused without a command.
    if (status !== FRAME_TOO_LARGE) this.answered(s.value, status, target);
    const all = status === Status.Success ? refused : s.pages;
    s[ERR_ALLOC[s.pageSize] as "errAlloc4k"] += all;
    return s.pages - all;
  }
}

import { checkCount, checkStatus, checkTarget, GuestCrash } from "../checks.ts";
import { PhaseMachine } from "../kernel-driver.ts";
import { batchedCommand } from "../page-size.ts";
import { Capability, FRAME_TOO_LARGE, Status, SUCCESS_WITH_CAPABILITIES } from "../protocol.ts";
import type { Pages } from "../units.ts";
import type { OpenVmToolsParams } from "./params.ts";
import { Commands, createState, type OpenVmToolsState, type Statistics } from "./state.ts";
import { COMMANDS } from "./statistics.ts";
import { SYSTEMS, type System } from "./systems.ts";

/** Registers of 32 bits, where the host grants no others. */
export const U32_MAX = 0xffff_ffff;

/** The protocol's side of the machine: its state, capabilities, commands and what is counted of their answers. */
export abstract class CommandMachine extends PhaseMachine<OpenVmToolsState> {
  readonly state: OpenVmToolsState;
  protected readonly params: OpenVmToolsParams;
  protected readonly system: System;

  constructor(params: OpenVmToolsParams) {
    super();
    this.params = params;
    this.system = SYSTEMS[params.system] as System;
    this.state = createState(params);
  }

  protected count(counter: keyof Statistics, by = 1): void {
    this.state[counter] = (this.state[counter] + by) >>> 0;
  }

  /** Counts a command that was answered, and notes a demanded reset. */
  protected answered(command: number, status: number): void {
    checkStatus(status);
    const [count, failed] = COMMANDS[command] as (typeof COMMANDS)[number];
    this.count(count);
    if (status !== Status.Success && status !== SUCCESS_WITH_CAPABILITIES) this.count(failed);
    if (status === Status.Reset) this.state.resetRequired = 1;
  }

  /** Takes the capabilities that the host grants. Those without any command for pages leave the commands as they were. */
  protected granted(capabilities: number): void {
    const s = this.state;
    s.capabilities = capabilities;
    if ((capabilities & Capability.Batched) !== 0) {
      s.commands = Commands.Batched;
      s.hasBatchPage = 1;
      s.batchMax = this.params.batchPages;
    } else if ((capabilities & Capability.Basic) !== 0) {
      s.commands = Commands.Single;
      s.batchMax = 1;
    }
  }

  /** @throws {GuestCrash} where the driver has a page, and no way to tell the host of it */
  protected checkCommands(isLarge: boolean): void {
    const { commands, hasBatchPage } = this.state;
    if (commands === Commands.None || (commands === Commands.Batched && hasBatchPage === 0)) {
      throw new GuestCrash("the host refused START, and names a target: the driver calls through a null pointer");
    }
    if (isLarge && commands === Commands.Single) {
      throw new GuestCrash("the host grants pages of 2 MiB, but no batches: the driver locks one as a page of 4 KiB");
    }
  }

  protected get hasTarget64(): boolean {
    return (this.state.capabilities & Capability.Target64) !== 0;
  }

  /** The target of a command, as the driver takes it. */
  protected clamped(target: Pages): Pages {
    return this.hasTarget64 ? target : Math.min(target, U32_MAX);
  }

  /** The command for pages of a size, in place of LOCK or UNLOCK. */
  protected command(single: number, size: number): number {
    return this.state.commands === Commands.Single ? single : batchedCommand(single, size);
  }

  /** Accounts for the answer to a command for `entries` pages; returns how many it has moved. */
  protected transferred(status: number, refused: number, target: Pages): number {
    const s = this.state;
    checkCount("refused pages", refused, s.entries);
    if (status === Status.Success) checkTarget(target);
    // Without batches, a page whose number has more than 32 bits is refused without a command.
    if (status !== FRAME_TOO_LARGE) this.answered(s.value, status);
    return status === Status.Success ? s.entries - refused : 0;
  }

  /**
   * The loop takes the status and the target of a command. The text takes the target even where the command failed, from a
   * register that nothing is known of then: here it stays.
   */
  protected follow(status: number, target: Pages): void {
    const s = this.state;
    s.isFailed = status === Status.Success ? 0 : 1;
    if (status === Status.Success) s.goal = this.clamped(target);
  }
}

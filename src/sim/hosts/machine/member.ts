import { PAGE_BYTES, type Pages, type Us } from "../../../common/units.ts";
import type { VmScenario } from "../scenario/types.ts";
import { Report } from "./exchange.ts";
import type { HostMemory, VmMemory } from "./host-memory.ts";
import type { HostedVmView } from "./run-view.ts";
import { LEASE } from "./vm-book.ts";
import type { VmGroup } from "./vm-group.ts";

/** One of the VMs of a host's run: its rows of orders and reports, and what the host has decided about it. */
export class Member implements HostedVmView {
  readonly scenario: VmScenario;
  readonly report: Float64Array;
  readonly order: Float64Array;
  readonly memory: VmMemory;
  readonly #host: HostMemory;
  target: Pages;
  beganUs: Us | null = null;
  endedUs: Us | null = null;
  isKilled = false;
  /** Whether it has orders that it has not carried out. */
  hasOrders = false;
  isBlocked = false;

  constructor(scenario: VmScenario, index: number, host: HostMemory, group: VmGroup) {
    this.scenario = scenario;
    this.report = group.reportOf(index);
    this.order = group.orderOf(index);
    this.memory = host.vms[index] as VmMemory;
    this.#host = host;
    this.target = 0;
    this.report[Report.BusyUs] = Number.POSITIVE_INFINITY;
    this.report[Report.SweepUs] = Number.POSITIVE_INFINITY;
  }

  /** Whether it was on, and is off for good. */
  get isOver(): boolean {
    return this.endedUs !== null;
  }

  get isOn(): boolean {
    return this.memory.isOn;
  }

  /** Whether its guest accesses swapped pages in a row, without an event for each. */
  get isSwept(): boolean {
    return this.report[Report.SweepUs] !== Number.POSITIVE_INFINITY;
  }

  /** Pages that it may still give the host: its balloon does, and its guest's kernel if that reports free pages, any of them. */
  get coming(): Pages {
    const { driver, rates } = this.scenario;
    if (driver.reportsFreePages?.(rates) === true) return this.memory.backed;
    return Math.max(0, this.target - (this.report[Report.Locked] as Pages));
  }

  get consumed(): Pages {
    return this.#host.consumedBy(this.memory);
  }

  /** When it has to meet the host next: now if it has orders, except to swap a few pages, which has time until then. */
  dueUs(nowUs: Us): Us {
    if (!this.isOn) return Number.POSITIVE_INFINITY;
    if (this.hasOrders || this.memory.swapOut > LEASE) return Math.max(nowUs, this.report[Report.AtUs] as Us);
    return Math.min(this.report[Report.BusyUs] as Us, this.report[Report.SweepUs] as Us);
  }

  /** The balloon of a guest of this size, in pages: as large as it may be at most. */
  balloonFor(size: number): Pages {
    const { memory, maxBalloon } = this.scenario;
    const pages = memory - Math.floor(size / PAGE_BYTES);
    return Math.max(0, Math.min(pages, Math.floor(memory * maxBalloon)));
  }
}

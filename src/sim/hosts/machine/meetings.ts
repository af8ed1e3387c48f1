import type { Pages, Us } from "../../../common/units.ts";
import { Order, Report, Sampling, Work } from "./exchange.ts";
import type { HostMemory } from "./host-memory.ts";
import type { Member } from "./member.ts";
import { LEASE } from "./vm-book.ts";
import type { VmGroup } from "./vm-group.ts";

/** What a meeting has shown. */
export interface Met {
  /** The earliest time up to which one of the VMs has run. */
  readonly atUs: Us;
  /** Pages for which VMs have waited until the host had written them, to make room. */
  readonly paid: Pages;
}

/** The meetings of a host with its VMs: its orders to them, and what it notes of their reports. */
export class Meetings {
  readonly members: readonly Member[];
  readonly #memory: HostMemory;
  readonly #group: VmGroup;
  readonly #quantumUs: Us;

  constructor(members: readonly Member[], memory: HostMemory, group: VmGroup, quantumUs: Us) {
    this.members = members;
    this.#memory = memory;
    this.#group = group;
    this.#quantumUs = quantumUs;
  }

  /** A VM by its index. */
  of(vm: number): Member {
    return this.members[vm] as Member;
  }

  /** The VMs that are on. */
  on(): number[] {
    return this.members.flatMap(({ isOn }, vm) => (isOn ? [vm] : []));
  }

  /** The VMs that have something to do until then. */
  dueUntil(us: Us, nowUs: Us): number[] {
    const due: number[] = [];
    for (let vm = 0; vm < this.members.length; vm++) if (this.of(vm).dueUs(nowUs) <= us) due.push(vm);
    return due;
  }

  /** Pages that VMs may have backed without meeting the host, those aside that meet it now. */
  leasesBeside(met: readonly number[]): Pages {
    let leases = 0;
    for (const { isSwept } of this.members) if (isSwept) leases++;
    for (const vm of met) if (this.of(vm).isSwept) leases--;
    return leases * LEASE;
  }

  /** Writes the order to run: with what the VM still has to swap, and a grant of pages. */
  order(member: Member, grant: Pages, nowUs: Us, untilUs: Us): void {
    const { order, memory } = member;
    const { readNs, writeNs } = this.#memory;
    order[Order.Work] = Work.Run;
    order[Order.NowUs] = nowUs;
    order[Order.UntilUs] = untilUs;
    order[Order.Backed] = memory.backed + (member.isBlocked ? 0 : grant);
    order[Order.ReadNs] = readNs;
    order[Order.WriteNs] = writeNs;
    order[Order.BlockNs] = member.isBlocked ? this.#quantumUs * 1000 : 0;
    order[Order.SwapOut] = memory.swapOut;
    order[Order.Sampling] = Sampling.None;
    order[Order.QuantumUs] = 0;
    order[Order.IsLook] = 0;
    memory.swapOut = 0;
    member.hasOrders = false;
  }

  /** VMs carry out their orders; the host notes what they have reported. */
  meet(vms: readonly number[]): void {
    this.#group.meet(vms);
    for (const vm of vms) {
      const { memory, order, report } = this.of(vm);
      // What it still has to swap is swapped in the host's book.
      memory.backed = (report[Report.Backed] as Pages) - memory.swapOut;
      memory.swapped = (report[Report.Swapped] as Pages) + memory.swapOut;
      order[Order.Target] = -1;
    }
  }

  /** VMs meet the host while they run, up to `untilUs` at most; the host notes what that has cost it. */
  run(vms: readonly number[], nowUs: Us, untilUs: Us): Met {
    let atUs = untilUs;
    let read = 0;
    let paid = 0;
    for (const vm of vms) {
      const { report, memory } = this.of(vm);
      read -= report[Report.Reads] as number;
      paid -= report[Report.Written] as number;
      memory.growth = -memory.backed;
    }
    this.meet(vms);
    for (const vm of vms) {
      const { report, memory } = this.of(vm);
      read += report[Report.Reads] as number;
      paid += report[Report.Written] as number;
      memory.growth += memory.backed;
      atUs = Math.min(atUs, report[Report.AtUs] as Us);
    }
    this.#memory.noteDevice(read, paid, atUs - nowUs);
    return { atUs, paid };
  }

  /** All VMs that are on report all their figures, as they are. */
  look(): void {
    const on = this.on();
    for (const vm of on) {
      const { order } = this.of(vm);
      order[Order.Work] = Work.Look;
      order[Order.Sampling] = Sampling.None;
      order[Order.IsLook] = 1;
    }
    this.#group.meet(on);
  }

  /** A VM is powered on. */
  begin(vm: number, nowUs: Us): void {
    const { order, memory, target } = this.of(vm);
    order[Order.Work] = Work.Begin;
    order[Order.NowUs] = nowUs;
    order[Order.Target] = target;
    order[Order.IsLook] = 1;
    memory.isOn = true;
    this.meet([vm]);
  }

  /** A VM is powered off. */
  end(vm: number, nowUs: Us): void {
    const { order, memory } = this.of(vm);
    order[Order.Work] = Work.End;
    order[Order.NowUs] = nowUs;
    this.#group.meet([vm]);
    Object.assign(memory, { isOn: false, backed: 0, swapped: 0, growth: 0, debt: 0, swapOut: 0 });
  }
}

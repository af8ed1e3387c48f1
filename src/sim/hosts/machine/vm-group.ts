import type { Us } from "../../../common/units.ts";
import type { Observer } from "../../view/types.ts";
import type { HostScenario, VmScenario } from "../scenario/types.ts";
import { ORDER_SIZE, REPORT_SIZE } from "./exchange.ts";
import { HostedVm } from "./hosted-vm.ts";

/** The VMs of a host, wherever they run: each has a row of orders and one of reports, in the order of the scenario. */
export interface VmGroup {
  /** The row in which the host writes its order to a VM. */
  orderOf(vm: number): Float64Array;
  /** The row in which the VM has reported, when it was met last. */
  reportOf(vm: number): Float64Array;
  /**
   * These VMs, in ascending order, carry out their orders and report. No VM's result depends on which ones run together.
   * @throws {InputError} if a VM's trace can't be simulated
   * @throws {RunError} if a guest crashes
   */
  meet(vms: readonly number[]): void;
  /** Throws if the book of a VM can't be true. */
  check(): void;
  /** Ends all VMs that are still on. */
  close(): void;
}

/** What the VMs of a group are made with. */
export interface VmGroupOptions {
  /** Number of the world of all VMs, from 1. */
  readonly world: number;
  /** The observer of a VM; undefined: it has none. */
  readonly observerOf?: ((vm: VmScenario, index: number) => Observer | undefined) | undefined;
  /** As `SimulationOptions.sampleEveryUs`, of a VM. */
  readonly sampleEveryUsOf?: ((vm: VmScenario, index: number) => Us | undefined) | undefined;
}

/** The parts of a scenario that its VMs need. */
export type GroupScenario = Pick<HostScenario, "vms" | "durationUs" | "policy">;

/** A group in this thread. */
export class LocalGroup implements VmGroup {
  readonly #vms: readonly HostedVm[];
  readonly #orders: readonly Float64Array[];
  readonly #reports: readonly Float64Array[];

  /** @param orders rows of orders, and of reports; default: new ones */
  constructor(
    { vms, durationUs: endUs, policy }: GroupScenario,
    options: VmGroupOptions,
    orders: readonly Float64Array[] = vms.map(() => new Float64Array(ORDER_SIZE)),
    reports: readonly Float64Array[] = vms.map(() => new Float64Array(REPORT_SIZE)),
  ) {
    const { world, observerOf, sampleEveryUsOf } = options;
    const { samplingUs = Number.POSITIVE_INFINITY, populates = false } = policy;
    const shared = { endUs, world, samplingUs, populates };
    this.#vms = vms.map(
      (vm, index) =>
        new HostedVm(vm, {
          ...shared,
          observer: observerOf?.(vm, index),
          sampleEveryUs: sampleEveryUsOf?.(vm, index),
        }),
    );
    this.#orders = orders;
    this.#reports = reports;
  }

  orderOf(vm: number): Float64Array {
    return this.#orders[vm] as Float64Array;
  }

  reportOf(vm: number): Float64Array {
    return this.#reports[vm] as Float64Array;
  }

  meet(vms: readonly number[]): void {
    for (const vm of vms) (this.#vms[vm] as HostedVm).meet(this.orderOf(vm), this.reportOf(vm));
  }

  check(): void {
    for (const vm of this.#vms) vm.check();
  }

  close(): void {}
}

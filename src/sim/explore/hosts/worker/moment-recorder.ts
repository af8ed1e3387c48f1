/** What the cursor of the page shows of a host's run, sampled with its curves. */
import { Report } from "../../../hosts/machine/exchange.ts";
import type { HostedVmView, HostObserver, HostRunView } from "../../../hosts/machine/run-view.ts";
import type { HostScenario } from "../../../hosts/scenario/types.ts";
import { HOST_COLUMNS } from "../../../report/host/host-columns.ts";
import { HOST_FIGURES_AT, type HostMoments, VM_FIGURES_AT, type VmFigureAt } from "../moments.ts";

/** The columns of `host.csv` that the cursor shows. */
const HOST_READERS = HOST_FIGURES_AT.map((name) => {
  const column = HOST_COLUMNS.find((one) => one.name === name);
  if (column === undefined) throw new Error(`the host has no column ${name}`);
  return (view: HostRunView) => column.read(view) as number;
});

const VM_READERS: Readonly<Record<VmFigureAt, (vm: HostedVmView) => number>> = {
  size: ({ scenario, report }) => scenario.memory - (report[Report.Locked] as number),
  target_size: ({ scenario, target }) => scenario.memory - target,
  consumed: ({ consumed }) => consumed,
  swapped: ({ memory }) => memory.swapped,
  stall_some_us: ({ report }) => report[Report.PsiSomeUs] as number,
};

/** Records moments; an observer of a run. */
export class MomentRecorder implements HostObserver {
  readonly #timesUs: number[] = [];
  readonly #states: (string | null)[] = [];
  readonly #host: readonly number[][] = HOST_READERS.map(() => []);
  readonly #vms: readonly { readonly name: string; readonly figures: readonly number[][] }[];
  readonly #endUs: number;

  constructor({ vms, durationUs }: HostScenario) {
    this.#endUs = durationUs;
    this.#vms = vms.map(({ name }) => ({ name, figures: VM_FIGURES_AT.map(() => []) }));
  }

  sample(view: HostRunView): void {
    this.#timesUs.push(view.timeUs);
    this.#states.push(view.state);
    for (const [f, read] of HOST_READERS.entries()) this.#host[f]?.push(read(view));
    for (const [i, vm] of view.vms.entries()) {
      for (const [f, name] of VM_FIGURES_AT.entries()) {
        this.#vms[i]?.figures[f]?.push(vm.isOn ? VM_READERS[name](vm) : Number.NaN);
      }
    }
  }

  end(view: HostRunView): void {
    this.sample(view);
  }

  /** The moments so far; they go on with the run. */
  get moments(): HostMoments {
    return { endUs: this.#endUs, timesUs: this.#timesUs, states: this.#states, host: this.#host, vms: this.#vms };
  }
}

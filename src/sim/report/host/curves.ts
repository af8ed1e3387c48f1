/** The curves of a host's run for its page, sampled at equal distances. */
import type { Pages, Us } from "../../../common/units.ts";
import { Report } from "../../hosts/machine/exchange.ts";
import type { HostObserver, HostRunView } from "../../hosts/machine/run-view.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";

/** Curves of a VM: pages at each time of the host's curves; NaN while it is off. */
export interface VmCurves {
  readonly name: string;
  readonly memory: Pages;
  /** Memory of the host that it consumes. */
  readonly consumed: readonly Pages[];
  /** The balloon that the host wants, and the one that it has. */
  readonly target: readonly Pages[];
  readonly balloon: readonly Pages[];
}

/** Curves of a host and of its VMs. */
export interface HostCurves {
  /** End of the run, to which the curves of a part of it do not reach. */
  readonly endUs: Us;
  readonly memory: Pages;
  readonly timesUs: readonly Us[];
  /** What the host needs beside the memory of guests, and what is in its swap. */
  readonly overhead: readonly Pages[];
  readonly swapped: readonly Pages[];
  /** State by the policy's words; null: none. */
  readonly states: readonly (string | null)[];
  /** New kills since the time before: by OOM killers of guests, and VMs that the host ended. */
  readonly kills: readonly number[];
  /** In the order of the scenario. */
  readonly vms: readonly VmCurves[];
}

/** Number of samples of a run: about one for two columns of pixels. */
const SAMPLES = 480;

interface Growing extends VmCurves {
  readonly consumed: Pages[];
  readonly target: Pages[];
  readonly balloon: Pages[];
}

/** Records the curves of a run. */
export class CurveRecorder implements HostObserver {
  /** Time between its samples. */
  readonly everyUs: Us;
  readonly #endUs: Us;
  readonly #memory: Pages;
  readonly #timesUs: Us[] = [];
  readonly #overhead: Pages[] = [];
  readonly #swapped: Pages[] = [];
  readonly #states: (string | null)[] = [];
  readonly #kills: number[] = [];
  readonly #vms: readonly Growing[];
  #killed = 0;

  /** @param endUs end of the run */
  constructor({ memory, vms }: HostScenario, endUs: Us) {
    this.everyUs = Math.max(1, Math.ceil(endUs / SAMPLES));
    this.#endUs = endUs;
    this.#memory = memory;
    this.#vms = vms.map((vm) => ({ name: vm.name, memory: vm.memory, consumed: [], target: [], balloon: [] }));
  }

  sample({ timeUs, memory, vms, state }: HostRunView): void {
    this.#timesUs.push(timeUs);
    this.#overhead.push(memory.overhead);
    this.#swapped.push(memory.swapped);
    this.#states.push(state);
    const killed = vms.reduce((sum, { report, isKilled }) => {
      return sum + (report[Report.OomKills] as number) + (isKilled ? 1 : 0);
    }, 0);
    this.#kills.push(killed - this.#killed);
    this.#killed = killed;
    vms.forEach(({ isOn, consumed, target, report }, i) => {
      const own = this.#vms[i] as Growing;
      own.consumed.push(isOn ? consumed : Number.NaN);
      own.target.push(isOn ? target : Number.NaN);
      own.balloon.push(isOn ? (report[Report.Balloon] as Pages) : Number.NaN);
    });
  }

  end(view: HostRunView): void {
    this.sample(view);
  }

  /** The curves so far; they go on with the run. */
  get curves(): HostCurves {
    return {
      endUs: this.#endUs,
      memory: this.#memory,
      timesUs: this.#timesUs,
      overhead: this.#overhead,
      swapped: this.#swapped,
      states: this.#states,
      kills: this.#kills,
      vms: this.#vms,
    };
  }
}

/** The picture of a host's run: who has its memory over time. */
import type { Pages, Us } from "../../../common/units.ts";
import { Report } from "../../hosts/machine/exchange.ts";
import type { HostObserver, HostRunView } from "../../hosts/machine/run-view.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { KillMarks, type Marks } from "../../output/kill-marks.ts";

/** Memory that a VM, or several, have over time: pages at each time of the plot. */
export interface Band {
  readonly label: string;
  readonly pages: readonly Pages[];
}

/** A host's memory at times that are as far apart. */
export interface HostPlot {
  readonly name: string;
  readonly description: string;
  readonly policy: string;
  readonly endUs: Us;
  readonly memory: Pages;
  readonly timesUs: readonly Us[];
  /** From the bottom to the top: what the host itself needs, then VMs. The rest of the memory is free. */
  readonly bands: readonly Band[];
  /** Pages in the host's swap. */
  readonly swapped: readonly Pages[];
  /** State of the host at each time; null: none. */
  readonly states: readonly (string | null)[];
  /** OOM kills of guests, and VMs that the host ended. */
  readonly kills: Marks;
}

/** Number of times of a plot. */
const TIMES = 480;
/** Bands of VMs; with more VMs there is one for each group, and with more groups one for the rest. */
const MOST_BANDS = 8;

/** Collects the plot of a run. */
export class HostPlotRecorder implements HostObserver {
  /** Time between its samples. */
  readonly everyUs: Us;
  readonly #scenario: HostScenario;
  readonly #endUs: Us;
  readonly #keys: readonly string[];
  readonly #bands = new Map<string, Pages[]>();
  readonly #timesUs: Us[] = [];
  readonly #overhead: Pages[] = [];
  readonly #swapped: Pages[] = [];
  readonly #states: (string | null)[] = [];
  readonly #kills = new KillMarks();
  #killed = 0;

  constructor(scenario: HostScenario, endUs: Us) {
    this.#scenario = scenario;
    this.#endUs = endUs;
    this.everyUs = Math.max(1, Math.ceil(endUs / TIMES));
    const isEach = scenario.vms.length <= MOST_BANDS;
    this.#keys = scenario.vms.map(({ name, group }) => (isEach ? name : group));
  }

  sample(view: HostRunView): void {
    const time = this.#timesUs.length;
    this.#timesUs.push(view.timeUs);
    this.#overhead.push(view.memory.overhead);
    this.#swapped.push(view.memory.swapped);
    this.#states.push(view.state);
    let killed = 0;
    view.vms.forEach((vm, i) => {
      killed += (vm.report[Report.OomKills] as number) + (vm.isKilled ? 1 : 0);
      const key = this.#keys[i] as string;
      const band = this.#bands.get(key) ?? [];
      this.#bands.set(key, band);
      band[time] = (band[time] ?? 0) + (vm.isOn ? vm.consumed : 0);
    });
    if (killed > this.#killed) this.#kills.add(view.timeUs, killed - this.#killed);
    this.#killed = killed;
  }

  end(view: HostRunView): void {
    this.sample(view);
  }

  /** The plot, once the run is over. */
  get plot(): HostPlot {
    const { name, description, policy, memory, vms } = this.#scenario;
    return {
      name,
      description,
      policy: policy.name,
      endUs: this.#endUs,
      memory,
      timesUs: this.#timesUs,
      bands: [{ label: "host and overhead", pages: this.#overhead }, ...this.#largest(vms.length > MOST_BANDS)],
      swapped: this.#swapped,
      states: this.#states,
      kills: { timeUs: this.#kills.timeUs, count: this.#kills.count },
    };
  }

  /** The bands of VMs, in the order of the file; the smallest of many are one. */
  #largest(hasNumbers: boolean): Band[] {
    const bands = [...this.#bands].map(([key, pages]): Band => {
      const count = this.#keys.filter((one) => one === key).length;
      return { label: hasNumbers && count > 1 ? `${key} (${count})` : key, pages };
    });
    if (bands.length <= MOST_BANDS) return bands;
    const sum = ({ pages }: Band): Pages => pages.reduce((all, one) => all + one, 0);
    const large = new Set(bands.toSorted((a, b) => sum(b) - sum(a)).slice(0, MOST_BANDS - 1));
    const rest = bands.filter((band) => !large.has(band));
    const others = this.#timesUs.map((_, time) => rest.reduce((all, { pages }) => all + (pages[time] as Pages), 0));
    return [...bands.filter((band) => large.has(band)), { label: `others (${rest.length})`, pages: others }];
  }
}

/** The upper edges of bands that are stacked on each other. */
export function stacked(bands: readonly Band[]): Pages[][] {
  let below: readonly Pages[] = [];
  return bands.map(({ pages }) => {
    const edge = pages.map((one, time) => one + (below[time] ?? 0));
    below = edge;
    return edge;
  });
}

/** A stretch of time in which the host is in one state. */
export interface StateStretch {
  readonly state: string;
  readonly fromUs: Us;
  readonly untilUs: Us;
}

/** The host's states one after the other. */
export function stateStretches({ states, timesUs, endUs }: HostPlot): StateStretch[] {
  const stretches: StateStretch[] = [];
  states.forEach((state, i) => {
    const fromUs = timesUs[i] as Us;
    const untilUs = timesUs[i + 1] ?? endUs;
    const last = stretches.at(-1);
    if (state === null) return;
    if (last?.state === state && last.untilUs === fromUs) stretches[stretches.length - 1] = { ...last, untilUs };
    else if (untilUs > fromUs) stretches.push({ state, fromUs, untilUs });
  });
  return stretches;
}

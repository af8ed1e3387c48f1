/** What a host's memory is used for, in the mean over its log, and the host's own figures row by row. */
import type { Pages } from "../../../common/units.ts";
import { csvLines } from "../../output/csv.ts";
import type { SampleWatcher } from "../log.ts";
import type { Machine, Sample } from "../reader.ts";
import type { MachineSurvey } from "../survey.ts";
import { type ColumnSpec, FACTS, pagesPerUnit, type Quantity } from "../vocabulary.ts";

/** A mean of what is known. */
class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    if (Number.isNaN(value)) return;
    this.#sum += value;
    this.#count++;
  }

  /** NaN without values. */
  get value(): number {
    return this.#count === 0 ? Number.NaN : this.#sum / this.#count;
  }
}

/** Means of a VM's figures, in pages; NaN if the log does not have them. */
export interface VmMeans {
  readonly granted: Pages;
  readonly consumed: Pages;
  readonly overhead: Pages;
}

const VM_QUANTITIES = ["granted", "consumed", "overhead"] as const;

/** Watches the samples of a host and its VMs. */
export class HostTally implements SampleWatcher {
  readonly machines: readonly string[];
  readonly #host: MachineSurvey | null;
  readonly #originUs: number;
  readonly #write: (text: string) => void;
  readonly #columns: readonly number[];
  readonly #used = new Mean();
  readonly #vms = new Map<string, Record<(typeof VM_QUANTITIES)[number], Mean>>();

  /**
   * @param host null: the log has no figures of the host
   * @param originUs the time of the log that is time 0
   * @param write takes lines of CSV with the host's figures
   */
  constructor(host: MachineSurvey | null, originUs: number, write: (text: string) => void) {
    this.#host = host;
    this.machines = host === null ? [] : [host.machine.id];
    this.#originUs = originUs;
    this.#write = write;
    const specs = host?.machine.columns ?? [];
    this.#columns = host === null ? [] : knownSeries(host);
    if (this.#columns.length > 0) {
      write(csvLines([["time_s", ...this.#columns.map((index) => titleOf(specs[index] as ColumnSpec))]]));
    }
  }

  see(sample: Sample): void {
    if (sample.isOff) return;
    if (sample.machine.id === this.#host?.machine.id) this.#seeHost(sample);
    else this.#seeVm(sample);
  }

  /** Mean of the host's memory that is in use, in pages; NaN if its log does not say. */
  get used(): Pages {
    return this.#used.value;
  }

  /** @param id of the machine of the log */
  vm(id: string): VmMeans {
    const means = this.#vms.get(id);
    const value = (quantity: (typeof VM_QUANTITIES)[number]): Pages => means?.[quantity].value ?? Number.NaN;
    return { granted: value("granted"), consumed: value("consumed"), overhead: value("overhead") };
  }

  #seeHost({ machine, atUs, values }: Sample): void {
    this.#used.add(usedOf(machine, values));
    if (this.#columns.length === 0 || atUs < this.#originUs) return;
    const figures = this.#columns.map((index) => {
      const value = values[index] as number;
      return Number.isNaN(value) ? null : value;
    });
    this.#write(csvLines([[(atUs - this.#originUs) / 1e6, ...figures]]));
  }

  #seeVm({ machine, values }: Sample): void {
    let means = this.#vms.get(machine.id);
    if (means === undefined) {
      means = { granted: new Mean(), consumed: new Mean(), overhead: new Mean() };
      this.#vms.set(machine.id, means);
    }
    for (const quantity of VM_QUANTITIES) means[quantity].add(pagesOf(machine, values, quantity));
  }
}

/** Columns of a host that its log has values of. */
const knownSeries = ({ machine, ranges }: MachineSurvey): number[] =>
  machine.columns.flatMap(({ quantity }, index) => (ranges[index] === null || FACTS.has(quantity) ? [] : [index]));

const titleOf = ({ field, unit }: ColumnSpec): string => (unit === "1" ? field : `${field} (${unit})`);

/** Memory of a host that is in use, by what its kind of log has; in pages, NaN if it is unknown. */
function usedOf(machine: Machine, values: Float64Array): Pages {
  const of = (quantity: Quantity): Pages => pagesOf(machine, values, quantity);
  const consumed = of("consumed");
  if (!Number.isNaN(consumed)) return consumed;
  // esxtop has the kernel apart from all else; its free memory is what is free.
  const kernel = of("x-kernel");
  if (!Number.isNaN(kernel)) return of("memTotal") - of("hostFree");
  const free = of("available");
  return Number.isNaN(free) ? of("used") : of("memTotal") - free;
}

function pagesOf({ columns }: Machine, values: Float64Array, quantity: Quantity): Pages {
  const index = columns.findIndex((column) => column.quantity === quantity);
  const column = columns[index];
  return column === undefined
    ? Number.NaN
    : (values[index] as number) * (pagesPerUnit(column.unit, Number.NaN) ?? Number.NaN);
}

/** The part of a host's log about one VM, joined to the log of that VM's guest. */
import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { formatSize, formatTime, type Pages, type Us } from "../../common/units.ts";
import type { Series } from "../trace/types.ts";
import { isoInstant } from "./clock/civil.ts";
import type { LogFile } from "./log-file.ts";
import type { Format, Machine, ReadContext, SampleStream } from "./reader.ts";
import { Sample } from "./reader.ts";
import type { Report } from "./report.ts";
import type { MachineSurvey } from "./survey.ts";
import { type ColumnSpec, pagesPerUnit, type Quantity } from "./vocabulary.ts";

/** Quantities that a guest can't measure. */
const OF_HOST: readonly Quantity[] = ["balloonSize", "balloonTarget", "hostSwapped"];

/** The samples of a VM in a host's log, in memory. */
export interface HostView {
  /** Name of the log in messages and in the origin. */
  readonly shown: string;
  /** Name of the log without its folder, for the names of the trace's columns. */
  readonly baseName: string;
  readonly files: readonly LogFile[];
  readonly vm: string;
  /** The configured RAM of the VM, in pages; null if the log does not show it. */
  readonly memory: { readonly pages: Pages; readonly evidence: string } | null;
  readonly columns: readonly ColumnSpec[];
  /** Times of the samples, and one array of values per column. */
  readonly atUs: readonly number[];
  readonly values: readonly (readonly number[])[];
  /** Time for which the last sample is valid, in microseconds. */
  readonly holdUs: number;
}

/** Times before this count from an arbitrary beginning: no log is so old. */
const LEAST_INSTANT_US = 631_152_000e6;

/** Collects the samples of a VM. */
export class HostGatherer {
  readonly columns: readonly ColumnSpec[];
  readonly atUs: number[] = [];
  readonly values: number[][];
  readonly #indices: readonly number[];

  constructor({ columns }: Machine) {
    this.#indices = OF_HOST.flatMap((quantity) => {
      const index = columns.findIndex((each) => each.quantity === quantity);
      return index === -1 ? [] : [index];
    });
    this.columns = this.#indices.map((index) => columns[index] as ColumnSpec);
    this.values = this.columns.map(() => []);
  }

  add({ atUs, isOff, values }: Sample, offsetUs: number): void {
    // Of several samples with the same time the first is taken.
    if (this.atUs.at(-1) === atUs + offsetUs) return;
    this.atUs.push(atUs + offsetUs);
    this.#indices.forEach((index, i) => {
      this.values[i]?.push(isOff ? Number.NaN : (values[index] as number));
    });
  }
}

/** Index of the last sample at or before `us`; -1 if there is none. */
function indexAt({ atUs }: HostView, us: Us): number {
  let low = 0;
  let high = atUs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((atUs[middle] as number) <= us) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const endUs = (host: HostView): number => (host.atUs.at(-1) as number) + host.holdUs;

/**
 * The format of a guest's log with further columns from the host's log; samples outside of the host's log are left out.
 */
export const joinedFormat = (format: Format, host: HostView): Format => ({
  ...format,
  open: (files, context) => new JoinedStream(format.open(files, context), host, context),
});

class JoinedStream implements SampleStream {
  readonly #guest: SampleStream;
  readonly #host: HostView;
  readonly #context: ReadContext;
  readonly #machines: Machine[] = [];
  readonly #inner = new Sample();
  #compared = 0;
  #apart = 0;

  constructor(guest: SampleStream, host: HostView, context: ReadContext) {
    this.#guest = guest;
    this.#host = host;
    this.#context = context;
  }

  get machines(): readonly Machine[] {
    return this.#guest.machines.map((machine) => this.#machineOf(machine));
  }

  get bytesRead(): number {
    return this.#guest.bytesRead;
  }

  next(sample: Sample): boolean {
    const host = this.#host;
    const inner = this.#inner;
    for (;;) {
      if (!this.#guest.next(inner)) {
        this.#tellOfDrift();
        return false;
      }
      const at = indexAt(host, inner.atUs);
      if (at === -1 || inner.atUs > endUs(host)) continue;
      const { columns } = inner.machine;
      sample.begin(this.#machineOf(inner.machine), inner.atUs);
      for (let i = 0; i < columns.length; i++) sample.values[i] = inner.values[i] as number;
      const isKnown = inner.atUs - (host.atUs[at] as number) <= host.holdUs;
      host.values.forEach((values, i) => {
        sample.values[columns.length + i] = isKnown ? (values[at] as number) : Number.NaN;
      });
      sample.isOff = inner.isOff;
      sample.events.push(...inner.events);
      Object.assign(sample.place, inner.place);
      this.#compare(sample, columns);
      return true;
    }
  }

  close(): void {
    this.#guest.close();
  }

  #machineOf(machine: Machine): Machine {
    this.#machines[machine.index] ??= {
      ...machine,
      columns: [
        ...machine.columns,
        ...this.#host.columns.map((column) => ({
          ...column,
          field: `${column.field} of ${this.#host.vm} in ${this.#host.baseName}`,
        })),
      ],
    };
    return this.#machines[machine.index] as Machine;
  }

  /** Compares the balloon's size in both logs, if both have it: a difference shows that a clock is wrong. */
  #compare({ values }: Sample, columns: readonly ColumnSpec[]): void {
    const ofGuest = columns.findIndex(({ quantity }) => quantity === "balloonSize");
    const ofHost = this.#host.columns.findIndex(({ quantity }) => quantity === "balloonSize");
    if (ofGuest === -1 || ofHost === -1) return;
    const pages = (column: ColumnSpec | undefined, value: number | undefined) =>
      (value ?? Number.NaN) * (column === undefined ? 1 : (pagesPerUnit(column.unit, 1) ?? Number.NaN));
    const a = pages(columns[ofGuest], values[ofGuest]);
    const b = pages(this.#host.columns[ofHost], values[columns.length + ofHost]);
    if (Number.isNaN(a) || Number.isNaN(b)) return;
    this.#compared++;
    if (Math.abs(a - b) > Math.max(4096, 0.02 * Math.max(a, b))) this.#apart++;
  }

  #tellOfDrift(): void {
    if (this.#apart * 10 <= this.#compared) return;
    this.#context.report.warn(
      `the balloon's size differs between the guest's log and ${this.#host.shown} in ${this.#apart} of ${this.#compared} samples: the clocks may differ (--host-offset), or the logs are not of the same VM`,
    );
  }
}

/**
 * Checks whether a host's log can be joined to a guest's log.
 * @param guest the guest's log
 * @param shown its name in messages
 * @throws {InputError} if they have no clock or no time in common, or are of different machines
 */
export function checkJoin(host: HostView, guest: MachineSurvey, shown: string, isRelative: boolean): void {
  if (isRelative || guest.firstUs < LEAST_INSTANT_US) {
    throw new InputError(`--host-log: the times of ${shown} are not dates, so it can't be joined to ${host.shown}`);
  }
  const first = host.atUs[0] as number;
  if (first < LEAST_INSTANT_US) {
    throw new InputError(`--host-log ${host.shown}: its times are not dates, so it can't be joined to ${shown}`);
  }
  if (guest.lastUs < first || guest.firstUs > endUs(host)) {
    const span = (from: number, to: number) => `from ${isoInstant(from)} to ${isoInstant(to)}`;
    throw new InputError(
      `--host-log ${host.shown}: no time in common: it covers the time ${span(first, endUs(host))}, and ${shown} ${span(guest.firstUs, guest.lastUs)} (--tz sets the zone of local times, --host-offset shifts the host's clock)`,
    );
  }
}

/** The smallest MemTotal as a fraction of the RAM: a kernel reserves some memory before it counts. */
const LEAST_SHARE_OF_RAM = 0.8;

/**
 * Checks that a guest's MemTotal is a little less than the RAM of its VM.
 * @param memory MemTotal of the guest's log in pages
 * @throws {InputError} if it is not
 */
export function checkSameMachine(host: HostView, memory: Pages, machine: string): void {
  const { memory: configured, shown, vm } = host;
  if (configured === null) return;
  if (memory <= configured.pages * 1.01 && memory >= configured.pages * LEAST_SHARE_OF_RAM) return;
  throw new InputError(
    `--host-log ${shown}: ${quote(vm)} has ${formatSize(configured.pages)} in this log, and ${quote(machine)} has ${formatSize(memory)} in its own: they are not the same machine (--host-vm selects another)`,
  );
}

/** The host's target over the time of a trace; null if its log has none. */
export function hostTarget(
  host: HostView,
  firstUs: number,
  durationUs: number,
): { series: Series; from: string } | null {
  const index = host.columns.findIndex(({ quantity }) => quantity === "balloonTarget");
  const column = host.columns[index];
  const values = host.values[index];
  if (column === undefined || values === undefined || values.every(Number.isNaN)) return null;
  const factor = pagesPerUnit(column.unit, Number.NaN) ?? Number.NaN;
  const at: Us[] = [];
  const value: Pages[] = [];
  const put = (us: Us, pages: Pages): void => {
    if (at.length > 0 && Object.is(value.at(-1), pages)) return;
    at.push(us);
    value.push(pages);
  };
  const begin = Math.max(0, indexAt(host, firstUs));
  for (let i = begin; i < host.atUs.length; i++) {
    const us = Math.max(0, (host.atUs[i] as number) - firstUs);
    if (us >= durationUs) break;
    put(us, Math.round((values[i] as number) * factor));
    const next = host.atUs[i + 1] ?? Number.POSITIVE_INFINITY;
    const knownUs = (host.atUs[i] as number) + host.holdUs - firstUs;
    if (next - firstUs > knownUs && knownUs < durationUs && knownUs > us) put(knownUs, Number.NaN);
  }
  const series: Series = { hold: "step", at, value, repeatUs: 0, how: "measured", from: null };
  return { series, from: `${column.field} of ${host.vm} in ${host.baseName}` };
}

/** Reports that two logs were joined, and over which time. */
export function tellOfJoin(host: HostView, durationUs: number, report: Report): void {
  report.warn(
    `joined with ${host.vm} of ${host.shown} over ${formatTime(durationUs)}: the demand is from the guest's log, balloon and target are from the host's; times that only one log has are omitted`,
  );
}

import { InputError } from "../../common/errors.ts";
import { type Place, placeText } from "../../common/text-lines.ts";
import { formatTime } from "../../common/units.ts";
import { Deltas } from "./deltas.ts";
import { Laws } from "./laws.ts";
import { type MovingRam, RamWatch } from "./moving-ram.ts";
import type { Format, Machine, MemoryFinder } from "./reader.ts";
import { Sample, type SampleStream } from "./reader.ts";
import { type ColumnSpec, FACTS, NEVER_ZERO, type Quantity } from "./vocabulary.ts";

/** The results of the first pass for one machine. */
export interface MachineSurvey {
  readonly machine: Machine;
  /** Names of the files with its samples. */
  readonly files: readonly string[];
  /** Stamps of its first and last sample. */
  readonly firstUs: number;
  readonly lastUs: number;
  /** Number of samples, without duplicates. */
  readonly samples: number;
  /** Number of samples with the same time as the one before; times of the first and the last of them. */
  readonly duplicates: number;
  readonly firstDuplicateUs: number;
  readonly lastDuplicateUs: number;
  /** Median time between samples, in microseconds; null for one sample. */
  readonly stepUs: number | null;
  /** Minimum and maximum of each column; null if no value is known. */
  readonly ranges: readonly ({ readonly min: number; readonly max: number } | null)[];
  /** Values of its first sample, for the beginning of the trace; all unknown if the machine is off then. */
  readonly first: Float64Array;
  /** RAM that its log shows indirectly. */
  readonly found: ReturnType<MemoryFinder["result"]>;
  /** Why its log shows no RAM; null without a reason. */
  readonly doubt: string | null;
  /** Columns that are 0 in all samples, which is impossible for their quantities: not recorded, so unknown. */
  readonly unrecorded: readonly ColumnSpec[];
  /** The balloon as the missing part of the RAM; null if the RAM stays the same. */
  readonly movingRam: MovingRam | null;
  /** Alternating sizes of RAM, in pages, as of several machines; null for none. */
  readonly turns: readonly number[] | null;
}

/**
 * Reads a log once and describes its machines with samples.
 * @param wants selects the machines
 * @param pace is called between samples, with the bytes read
 * @throws {InputError} if the log is damaged, or its times go back
 */
export async function surveyLog(
  format: Format,
  stream: SampleStream,
  wants: (machine: Machine) => boolean,
  pace: (bytesRead: number) => Promise<void>,
): Promise<MachineSurvey[]> {
  const surveyors: Surveyor[] = [];
  const sample = new Sample();
  for (let count = 0; stream.next(sample); count++) {
    if ((count & 0xfff) === 0) await pace(stream.bytesRead);
    const { index } = sample.machine;
    let surveyor = surveyors[index];
    if (surveyor === undefined) {
      if (!wants(sample.machine)) continue;
      surveyor = new Surveyor(sample.machine, format.memoryFinder?.(sample.machine) ?? null);
      surveyors[index] = surveyor;
    }
    surveyor.observe(sample);
  }
  // Machines without samples leave holes.
  return surveyors.filter((surveyor) => surveyor !== undefined).map((surveyor) => surveyor.result());
}

class Surveyor {
  readonly #machine: Machine;
  readonly #finder: MemoryFinder | null;
  readonly #deltas = new Deltas();
  readonly #laws: Laws;
  readonly #ram: RamWatch;
  readonly #files = new Set<string>();
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #first: Float64Array;
  #firstUs = Number.NaN;
  #lastUs = Number.NaN;
  #samples = 0;
  #duplicates = 0;
  #firstDuplicateUs = Number.NaN;
  #lastDuplicateUs = Number.NaN;

  constructor(machine: Machine, finder: MemoryFinder | null) {
    this.#machine = machine;
    this.#finder = finder;
    this.#laws = new Laws(machine.columns, null);
    this.#first = new Float64Array(machine.columns.length).fill(Number.NaN);
    this.#ram = new RamWatch(machine.columns);
    this.#min = new Float64Array(machine.columns.length).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float64Array(machine.columns.length).fill(Number.NEGATIVE_INFINITY);
  }

  observe(sample: Sample): void {
    this.#noteTime(sample);
    this.#files.add(sample.place.file);
    this.#finder?.observe(sample);
    this.#ram.observe(sample);
    if (sample.isOff) return;
    this.#laws.check(sample.values);
    if (sample.atUs === this.#firstUs) this.#noteFirst(sample.values);
    for (let i = 0; i < this.#min.length; i++) {
      const value = sample.values[i] as number;
      if (value < (this.#min[i] as number)) this.#min[i] = value;
      if (value > (this.#max[i] as number)) this.#max[i] = value;
    }
  }

  result(): MachineSurvey {
    const isUnrecorded = ({ quantity }: ColumnSpec, i: number): boolean =>
      NEVER_ZERO.has(quantity) && this.#min[i] === 0 && this.#max[i] === 0;
    const movingRam = this.#ram.result();
    const columns = this.#machine.columns.map((column, i) => (i === movingRam?.column ? movingRam.spec : column));
    return {
      machine: { ...this.#machine, columns },
      files: [...this.#files],
      firstUs: this.#firstUs,
      lastUs: this.#lastUs,
      samples: this.#samples,
      duplicates: this.#duplicates,
      firstDuplicateUs: this.#firstDuplicateUs,
      lastDuplicateUs: this.#lastDuplicateUs,
      stepUs: this.#deltas.median(),
      ranges: Array.from(this.#min, (min, i) => {
        if (i === movingRam?.column) return movingRam.balloon;
        const isUnknown = min === Number.POSITIVE_INFINITY || isUnrecorded(columns[i] as ColumnSpec, i);
        return isUnknown ? null : { min, max: this.#max[i] as number };
      }),
      first: this.#settledFirst(movingRam),
      found: this.#finder?.result() ?? null,
      doubt: this.#finder?.doubt?.() ?? null,
      unrecorded: columns.filter(isUnrecorded),
      movingRam,
      turns: this.#ram.turns,
    };
  }

  /** Values of the first sample, with the balloon as the missing part of the RAM. */
  #settledFirst(movingRam: MovingRam | null): Float64Array {
    movingRam?.settle(this.#first);
    return this.#first;
  }

  /** Of several samples with the first time, the first known value of each column counts. */
  #noteFirst(values: Float64Array): void {
    for (let i = 0; i < this.#first.length; i++) {
      if (Number.isNaN(this.#first[i])) this.#first[i] = values[i] as number;
    }
  }

  #noteTime({ atUs, place }: Sample): void {
    if (atUs === this.#lastUs) {
      this.#duplicates++;
      if (Number.isNaN(this.#firstDuplicateUs)) this.#firstDuplicateUs = atUs;
      this.#lastDuplicateUs = atUs;
      return;
    }
    if (this.#samples === 0) this.#firstUs = atUs;
    else if (atUs > this.#lastUs) this.#deltas.add(atUs - this.#lastUs);
    else throw timeGoesBack(this.#machine, this.#lastUs - atUs, place);
    this.#lastUs = atUs;
    this.#samples++;
  }
}

function timeGoesBack(machine: Machine, byUs: number, place: Place): InputError {
  return new InputError(
    `${placeText(place)}: the time of ${machine.id} goes back by ${formatTime(byUs)}: the log is not in order of time, or two logs of the same machine overlap: give each period once`,
  );
}

/** The log's value of a fact about a machine, in the unit of its column; null without a value. */
export function factOf(
  survey: MachineSurvey,
  quantity: Quantity,
): { readonly min: number; readonly max: number; readonly column: ColumnSpec } | null {
  if (!FACTS.has(quantity)) throw new Error(`${quantity} is no fact`);
  const index = survey.machine.columns.findIndex((each) => each.quantity === quantity);
  const column = survey.machine.columns[index];
  const range = survey.ranges[index];
  return column && range ? { ...range, column } : null;
}

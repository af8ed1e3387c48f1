import { shorten } from "../../../common/quote.ts";
import type { Us } from "../../../common/units.ts";
import { civilUs } from "../clock/civil.ts";
import { type WallClock, zoneAhead } from "../clock/zone.ts";
import { Fields } from "../fields.ts";
import type { LineCursor } from "../lines.ts";
import type { Detection, Format, Head, Machine, ReadContext, Sample } from "../reader.ts";
import { type FileReader, LineStream, type MachineTable } from "../streams.ts";
import { type ColumnSpec, column } from "../vocabulary.ts";
import { machinesOf } from "./esxtop-header.ts";
import { ConfiguredMemory } from "./esxtop-memory.ts";
import { WHOLE_DEMAND } from "./vcenter-counters.ts";

const RATE = { kind: "rate", aggregate: "mean" } as const;

const MEMORY_SIZE = "Memory Size MBytes";
const OVERHEAD = "Overhead MBytes";
const HAS_DRIVER = "Memctl?";
const OVERHEAD_MAX = "Overhead Max MBytes";

/** Counters of a VM's resource group. */
const VM_COLUMNS: readonly ColumnSpec[] = [
  column("x-memory-size", MEMORY_SIZE, "MiB"),
  column("overhead", OVERHEAD, "MiB"),
  column("granted", "Memory Granted Size MBytes", "MiB"),
  column("consumed", "Memory Consumed Size MBytes", "MiB"),
  column("active", "Touched MBytes", "MiB"),
  column("activeWrite", "Touched Write MBytes", "MiB"),
  column("balloonSize", "Memctl MBytes", "MiB"),
  column("balloonTarget", "Memctl Target MBytes", "MiB"),
  column("balloonMax", "Memctl Max MBytes", "MiB"),
  column("hostSwapped", "Swapped MBytes", "MiB"),
  column("hostSwapTarget", "Swap Target MBytes", "MiB"),
  column("hostSwapIn", "Swap Read MBytes/sec", "MiB/s", RATE),
  column("hostSwapOut", "Swap Written MBytes/sec", "MiB/s", RATE),
  column("compressed", "Compressed Memory MBytes", "MiB"),
  column("shared", "Shared MBytes", "MiB"),
  column("x-zero", "Zero MBytes", "MiB"),
  column("x-target-size", "Target Size MBytes", "MiB"),
  column("x-driver", HAS_DRIVER, "1"),
  column("x-alloc-min", "Alloc Min", "1"),
  column("x-alloc-max", "Alloc Max", "1"),
  column("x-alloc-shares", "Alloc Shares", "1"),
];

/** Columns of the host in every VM's trace. */
const SURROUNDINGS: readonly ColumnSpec[] = [
  column("hostFree", "Free MBytes", "MiB"),
  column("hostState", "Kernel State", "1"),
];

/** Counters of the host itself, read if the user names the host, or with its VMs. */
const HOST_COLUMNS: readonly ColumnSpec[] = [
  column("memTotal", "Machine MBytes", "MiB"),
  column("x-kernel", "Kernel MBytes", "MiB"),
  column("used", "NonKernel MBytes", "MiB"),
  ...SURROUNDINGS,
  column("balloonSize", "Memctl Current MBytes", "MiB"),
  column("balloonTarget", "Memctl Target MBytes", "MiB"),
  column("balloonMax", "Memctl Max MBytes", "MiB"),
  column("hostSwapped", "Swap Used MBytes", "MiB"),
  column("hostSwapTarget", "Swap Target MBytes", "MiB"),
  column("hostSwapIn", "Swap MBytes Read/sec", "MiB/s", RATE),
  column("hostSwapOut", "Swap MBytes Write/sec", "MiB/s", RATE),
  column("compressed", "Total Compressed MBytes", "MiB"),
  column("shared", "PShare Shared MBytes", "MiB"),
  column("x-share-savings", "PShare Savings MBytes", "MiB"),
  column("x-min-free", "Kernel MinFree MBytes", "MiB"),
];

/** The first field: the format, then the zone of the times. */
const FORMAT_MARK = "(PDH-CSV 4.0)";
const TIME = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,6})?))?$/;
/** After the zone's name the header has its offset: the minutes by which it is behind UTC. */
const MINUTES_BEHIND = /\((-?\d{1,3})\)$/;

/** Batch captures of ESX's esxtop: the only common source with the balloon's target of every VM. */
export const esxtop: Format = {
  name: "esxtop",
  title: "esxtop batch CSV",
  source: "esxtop -b -a -d 2 -n 300 > capture.csv, or resxtop",
  columns: [...VM_COLUMNS, ...HOST_COLUMNS],
  step: "2 s and more (-d)",
  stepSeconds: null,
  gapSteps: 2,
  clock: "zoned",
  assumedZone: null,
  stamp: "instant",
  hold: "step",
  memory: "inferred",
  machines: "several",
  demands: [
    {
      name: "cache",
      meaning:
        "active memory is anonymous and the working set; the VM's other memory, including memory that the host has " +
        "swapped out, is page cache",
      formulas: "anon = active, fileSet = granted + hostSwapped - active",
    },
    {
      name: "anon",
      meaning:
        "all memory of the VM, including memory that the host has swapped out, is anonymous; active memory is the " +
        "working set",
      formulas: "anon = granted + hostSwapped, workingSet = active",
    },
    { name: "active", meaning: "active memory is anonymous; there is no other demand", formulas: "anon = active" },
    WHOLE_DEMAND,
    {
      name: "host",
      meaning: "for the host itself: its VMs are one workload, its kernel is the guest's",
      formulas: "kernelMemory = x-kernel, anon = used",
    },
  ],
  quirks: [
    "17,000 columns and more, of which only memory counters of VMs are read; VM names may hold any character",
    "groups of the host's own processes are omitted: a VM is a group with the driver (Memctl? is 1 or Y) or with " +
      "overhead",
    "a corrupt header (text before a quote, blanks around values) is read as far as names can be recognized",
    "Memory Size is the RAM with overhead, so the RAM is inferred from both",
    "granted memory excludes the balloon, so nothing is subtracted",
    "after the end of a VM its columns are zeros or blanks: it is off; a new VM is only in the next capture",
    "times are in UTC, or after relog in the zone with the offset in the header, with fractions of a second",
    "times without seconds were saved by a spreadsheet: refused",
    "the host itself is a machine too, read if --vm names it, or with its VMs (--host)",
    "with --host, a VM with another name but the same group in a later capture is the same VM, renamed",
    "reservations, limits and shares (Alloc) have no unit: KiB or MiB, whichever is possible; -3 is normal shares",
  ],
  detect,
  open(files, context) {
    const groups: Groups = new Map();
    return new LineStream(files, context, (cursor, table) => new EsxtopFile(cursor, table, context, groups));
  },
  memoryFinder: (machine) => new ConfiguredMemory(machine, "x-memory-size", "overhead"),
};

function detect({ text }: Head): Detection | null {
  const begin = text.slice(0, 200).trimStart().replace(/^"/, "");
  if (!begin.startsWith(FORMAT_MARK)) return null;
  if (!/\\(?:Group (?:Memory|Cpu)\(|Memory\\(?:Machine|Kernel|Memory Overcommit))/.test(text)) return null;
  return { confidence: 1, reason: `its header begins with "${FORMAT_MARK}" and has counters of ESX` };
}

/** A machine whose samples are read, with the positions of its columns. */
interface Wanted {
  readonly machine: Machine;
  /** Field of each column of the machine, -1 if this capture lacks it. */
  readonly places: Int32Array;
  /** A field that is 0 or empty while the machine is off; -1 for the host. */
  readonly sizeField: number;
}

/** The machines of resource groups, of all captures so far. */
type Groups = Map<string, Machine>;

class EsxtopFile implements FileReader {
  readonly #cursor: LineCursor;
  readonly #table: MachineTable;
  readonly #context: ReadContext;
  readonly #fields: Fields;
  readonly #groups: Groups;
  #names: string[] = [];
  #clock: WallClock | null = null;
  #wanted: Wanted[] | null = null;
  /** Index of the next machine on the current line, and the line's time. */
  #index = 0;
  #atUs = Number.NEGATIVE_INFINITY;

  constructor(cursor: LineCursor, table: MachineTable, context: ReadContext, groups: Groups) {
    this.#cursor = cursor;
    this.#table = table;
    this.#context = context;
    this.#groups = groups;
    this.#fields = new Fields(cursor);
  }

  begin(): void {
    this.#cursor.advance();
    this.#fields.splitQuoted(",");
    this.#names = this.#fields.texts();
    const [first = ""] = this.#names;
    if (!first.startsWith(FORMAT_MARK)) {
      throw this.#cursor.fault(0, `expected a header that begins with "${FORMAT_MARK}"`);
    }
    const [, minutes] = MINUTES_BEHIND.exec(first) ?? [];
    this.#clock = this.#context.wallClock(minutes === undefined ? null : zoneAhead(-Number(minutes)));
  }

  get hasMore(): boolean {
    return this.#wanted !== null && this.#index < this.#wanted.length;
  }

  read(sample: Sample): boolean {
    const fields = this.#fields;
    if (!this.hasMore) {
      if (this.#cursor.line === "") return false;
      fields.splitQuoted(",");
      if (fields.count !== this.#names.length) {
        throw fields.fault(
          Math.min(fields.count, this.#names.length),
          `${fields.count} fields, expected ${this.#names.length} as in the header`,
        );
      }
      this.#atUs = (this.#clock as WallClock).toUtc(this.#time(), this.#atUs, this.#cursor.place());
      this.#wanted ??= this.#chooseMachines();
      this.#index = 0;
      if (this.#wanted.length === 0) return false;
    }
    const { machine, places, sizeField } = (this.#wanted as Wanted[])[this.#index++] as Wanted;
    sample.begin(machine, this.#atUs);
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number;
      if (place !== -1) sample.values[i] = this.#value(place, (machine.columns[i] as ColumnSpec).field);
    }
    sample.isOff = sizeField !== -1 && !(fields.number(sizeField, MEMORY_SIZE) > 0);
    return true;
  }

  /** The value of a field. Whether there is a driver is 1 or 0, or Y or N. */
  #value(place: number, counter: string): number {
    if (counter !== HAS_DRIVER) return this.#fields.number(place, counter);
    return this.#hasDriver(place) ? 1 : 0;
  }

  #hasDriver(place: number): boolean {
    return /^[1Yy]/.test(this.#fields.text(place));
  }

  #time(): Us {
    const match = TIME.exec(this.#fields.text(0));
    if (match === null) throw this.#fields.fault(0, 'expected a time such as "04/24/2018 10:49:12"');
    if (match[6] === undefined) {
      throw this.#fields.fault(
        0,
        "a time without seconds: a spreadsheet has saved the capture and dropped them; import the file as esxtop wrote it",
      );
    }
    const [month, day, year, hour, minute, second] = match.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const us = civilUs(year, month, day, hour, minute, second);
    if (Number.isNaN(us)) throw this.#fields.fault(0, "there is no such time");
    return us;
  }

  /** The machines to read, by the names in the header and the values of the first line. */
  #chooseMachines(): Wanted[] {
    const captured = machinesOf(this.#names);
    const host = captured.find(({ isHost }) => isHost);
    const ids = new Set(captured.map(({ id }) => id));
    return captured.flatMap(({ id: ownId, group, isHost, fields }) => {
      const id = this.#idBefore(ownId, group, ids);
      const isNamed = this.#context.names(id) || (isHost && this.#context.host !== null);
      if (!isNamed && !isHost && !this.#isVm(fields)) return [];
      const has = (spec: ColumnSpec): boolean => fields.has(spec.field);
      const columns = isHost
        ? HOST_COLUMNS.filter(has)
        : [...VM_COLUMNS.filter(has), ...SURROUNDINGS.filter(({ field }) => host?.fields.has(field))];
      const machine = this.#table.of(id, columns, isHost ? { isHost } : {});
      if (group !== null) this.#groups.set(group, machine);
      // The host is read only if it is named, or with its VMs.
      if (isHost ? !isNamed : !this.#context.wants(id, null)) return [];
      // A VM of an earlier capture keeps its columns.
      const places = Int32Array.from(
        machine.columns,
        ({ field }) => fields.get(field) ?? (isHost ? undefined : host?.fields.get(field)) ?? -1,
      );
      return [{ machine, places, sizeField: isHost ? -1 : (fields.get(MEMORY_SIZE) ?? -1) }];
    });
  }

  /**
   * The id that a VM had in an earlier capture: with a host, a VM that was renamed meanwhile is the same one.
   * @param ids of this capture
   */
  #idBefore(id: string, group: string | null, ids: ReadonlySet<string>): string {
    const before = group === null || this.#context.host === null ? undefined : this.#groups.get(group);
    if (before === undefined || before.id === id || ids.has(before.id)) return id;
    this.#context.report.warn(`${shorten(before.id)} is named ${shorten(id)} in a later capture: it is one VM`);
    return before.id;
  }

  #isVm(counters: ReadonlyMap<string, number>): boolean {
    const driver = counters.get(HAS_DRIVER);
    if (driver !== undefined && this.#hasDriver(driver)) return true;
    const overhead = counters.get(OVERHEAD_MAX);
    return overhead !== undefined && this.#fields.number(overhead, OVERHEAD_MAX) > 0;
  }
}

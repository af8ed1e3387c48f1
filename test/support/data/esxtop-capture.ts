/** Captures of esxtop, for tests that need a host with VMs of their own making. */

/** Counters of a VM or of the host at one sample, by name; a VM that is off has none: null. */
export type Counters = Readonly<Record<string, number | string>>;

export interface CapturedVm {
  readonly group: number;
  readonly name: string;
  /** @param index of the sample */
  at(index: number): Counters | null;
}

export interface Capture {
  readonly host: string;
  /** Time of the first sample, and seconds between two of them. */
  readonly begin: string;
  readonly step: number;
  readonly samples: number;
  /** Seconds that a sample comes late, such as after a gap; 0 without it. */
  readonly late?: (index: number) => number;
  /** The host's counters; absent: the capture has none. */
  readonly hostAt?: (index: number) => Counters;
  readonly vms: readonly CapturedVm[];
}

const two = (n: number): string => String(n).padStart(2, "0");

/** A capture as `esxtop -b` prints it: all fields in quotes, a field for each counter of each group. */
export function esxtopCapture({ host, begin, step, samples, late = () => 0, hostAt, vms }: Capture): string {
  const rows = Array.from({ length: samples }, (_, i) => ({ host: hostAt?.(i) ?? {}, vms: vms.map((vm) => vm.at(i)) }));
  const hostNames = Object.keys(rows[0]?.host ?? {});
  const vmNames = vms.map((_, v) => [...new Set(rows.flatMap((row) => Object.keys(row.vms[v] ?? {})))]);
  const header = [
    "(PDH-CSV 4.0) (UTC)(0)",
    ...hostNames.map((name) => `\\\\${host}\\Memory\\${name}`),
    ...vms.flatMap(({ group, name }, v) =>
      (vmNames[v] ?? []).map((counter) => `\\\\${host}\\Group Memory(${group}:${name})\\${counter}`),
    ),
  ];
  const lines = rows.map((row, i) => {
    const at = new Date(Date.parse(begin) + (i * step + late(i)) * 1000);
    const date = `${two(at.getUTCMonth() + 1)}/${two(at.getUTCDate())}/${at.getUTCFullYear()}`;
    const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(two).join(":");
    return [
      `${date} ${time}`,
      ...hostNames.map((name) => textOf(row.host[name])),
      ...row.vms.flatMap((vm, v) => (vmNames[v] ?? []).map((name) => (vm === null ? "0.00" : textOf(vm[name])))),
    ];
  });
  return `${[header, ...lines].map((fields) => fields.map((field) => `"${field}"`).join(",")).join("\n")}\n`;
}

const textOf = (value: number | string | undefined): string =>
  typeof value === "number" ? value.toFixed(2) : (value ?? "");

/** The counters of a VM that holds so much memory, all in MiB. */
export function vmCounters(
  ram: number,
  { balloon = 0, target = balloon, granted = ram - balloon - 100, active = ram / 10, ...more }: VmFigures = {},
): Counters {
  const overhead = 20 + ram / 200;
  return {
    "Memory Size MBytes": ram + overhead + 22,
    "Memory Granted Size MBytes": granted,
    "Memory Consumed Size MBytes": granted,
    "Touched MBytes": active,
    "Memctl?": "1",
    "Memctl MBytes": balloon,
    "Memctl Target MBytes": target,
    "Memctl Max MBytes": ram * 0.65,
    "Swapped MBytes": 0,
    "Overhead MBytes": overhead,
    "Overhead Max MBytes": overhead + 4,
    ...more,
  };
}

/** Figures of a VM in MiB; other members are counters of their own. */
interface VmFigures {
  readonly balloon?: number;
  readonly target?: number;
  readonly granted?: number;
  readonly active?: number;
  readonly [counter: string]: number | string | undefined;
}

/** What a log says of a VM's settings on its host. */
import { formatSize, type Pages } from "../../../common/units.ts";
import type { Report } from "../report.ts";
import type { MachineSurvey } from "../survey.ts";
import { pagesPerUnit, type Quantity } from "../vocabulary.ts";

/** Settings of a VM; null: the log does not say, or there is none. */
export interface VmSettings {
  readonly reservation: Pages | null;
  readonly limit: Pages | null;
  readonly shares: number | null;
  /** Largest part of the memory that the balloon may hold, 0 to 1. */
  readonly maxBalloon: number | null;
}

const PAGES_PER_MIB = 256;
const PAGES_PER_KIB = 1 / 4;
/**
 * Sizes without a unit are MiB below this multiple of the VM's MiB, and KiB from there on: a reservation or a limit of a
 * sixty-fourth of the memory, or of 16 times the memory, is unlikely.
 */
const MIB_FACTOR = 16;
/** Levels of shares of VMware, by the numbers of its scheduler, and shares for each MiB of memory. */
const SHARES_PER_MIB: ReadonlyMap<number, number> = new Map([
  [-2, 5],
  [-3, 10],
  [-4, 20],
]);
const NORMAL_SHARES = 10;

/**
 * The settings of a VM in its log.
 * @param memory of the VM
 * @param isVmware whether shares are VMware's, which are in proportion to the memory unless they are set
 */
export function vmSettings(survey: MachineSurvey, memory: Pages, isVmware: boolean, report: Report): VmSettings {
  const reservation = reservationOf(survey, memory, report);
  return {
    reservation,
    limit: limitOf(survey, memory, reservation ?? 0, report),
    shares: isVmware ? sharesOf(survey, memory, report) : null,
    maxBalloon: maxBalloonOf(survey, memory),
  };
}

function reservationOf(survey: MachineSurvey, memory: Pages, report: Report): Pages | null {
  const range = rangeOf(survey, "x-alloc-min");
  if (range === null || range.max <= 0) return null;
  tellOfChange(survey, "reservation", range, report);
  return Math.min(memory, sizeWithoutUnit(range.max, memory));
}

function limitOf(survey: MachineSurvey, memory: Pages, reservation: Pages, report: Report): Pages | null {
  const range = rangeOf(survey, "x-alloc-max");
  // -1 is no limit.
  if (range === null || range.max < 0) return null;
  tellOfChange(survey, "limit", range, report);
  const limit = sizeWithoutUnit(range.max, memory);
  if (limit >= memory) return null;
  if (limit >= reservation && limit > 0) return limit;
  report.warn(
    `${survey.machine.id}: a limit of ${formatSize(limit)} below the reservation of ${formatSize(reservation)}: omitted`,
  );
  return null;
}

function sizeWithoutUnit(value: number, memory: Pages): Pages {
  const isMib = value < (memory / PAGES_PER_MIB) * MIB_FACTOR;
  return Math.round(value * (isMib ? PAGES_PER_MIB : PAGES_PER_KIB));
}

function sharesOf(survey: MachineSurvey, memory: Pages, report: Report): number {
  const mib = memory / PAGES_PER_MIB;
  const normal = Math.max(1, Math.round(mib * NORMAL_SHARES));
  const range = rangeOf(survey, "x-alloc-shares");
  if (range === null) {
    report.warn("the log has no shares of VMs: normal ones are assumed, 10 for each MiB of memory");
    return normal;
  }
  tellOfChange(survey, "number of shares", range, report);
  if (range.max >= 0) return range.max;
  const perMib = SHARES_PER_MIB.get(range.max);
  if (perMib !== undefined) return Math.max(1, Math.round(mib * perMib));
  report.warn(`${survey.machine.id}: shares of ${range.max} are no known level: normal ones are assumed`);
  return normal;
}

function maxBalloonOf(survey: MachineSurvey, memory: Pages): number | null {
  const driver = rangeOf(survey, "x-driver");
  if (driver?.max === 0) return 0;
  const most = rangeOf(survey, "balloonMax");
  if (most === null) return null;
  const column = survey.machine.columns.find(({ quantity }) => quantity === "balloonMax");
  const part = (most.max * (pagesPerUnit(column?.unit ?? "1", memory) ?? Number.NaN)) / memory;
  return Math.round(Math.min(1, Math.max(0, part)) * 1e4) / 1e4;
}

type Range = { readonly min: number; readonly max: number };

const rangeOf = ({ machine, ranges }: MachineSurvey, quantity: Quantity): Range | null =>
  ranges[machine.columns.findIndex((column) => column.quantity === quantity)] ?? null;

function tellOfChange({ machine }: MachineSurvey, what: string, { min, max }: Range, report: Report): void {
  if (min !== max) report.warn(`${machine.id}: its ${what} changes: the larger one is used throughout`);
}

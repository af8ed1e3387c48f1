/** The summary of a host's run as data. */
import type { Us } from "../../../common/units.ts";
import { HOST_FIGURES, VM_FIGURES } from "../../hosts/measures/figures.ts";
import type { HostResult, VmResult } from "../../hosts/measures/results.ts";
import { type CsvValue, csvLines } from "../../output/csv.ts";
import type { HostAbout } from "./about-host.ts";
import type { RanHost } from "./ran-host.ts";

const seconds = (us: Us): number => us / 1e6;

/** A value of a VM. */
interface VmField {
  readonly name: string;
  readonly value: (vm: VmResult) => string | number | boolean | null;
}

/** What describes a VM, before its figures. */
const DESCRIPTION: readonly VmField[] = [
  { name: "name", value: ({ name }) => name },
  { name: "group", value: ({ group }) => group },
  { name: "driver", value: ({ driver }) => driver },
  { name: "memory_pages", value: ({ memory }) => memory },
  { name: "on_s", value: ({ onUs }) => seconds(onUs) },
];
const FIGURES: readonly VmField[] = VM_FIGURES.map(({ name, value }) => ({ name, value }));
const SIZES: readonly VmField[] = [
  { name: "balloon_mean_pages", value: ({ balloonMean }) => balloonMean },
  { name: "balloon_max_pages", value: ({ balloonMax }) => balloonMax },
  { name: "consumed_mean_pages", value: ({ consumedMean }) => consumedMean },
  { name: "consumed_max_pages", value: ({ consumedMax }) => consumedMax },
];
const WORST: readonly VmField[] = [
  { name: "from_s", value: ({ worst }) => (worst === null ? null : seconds(worst.fromUs)) },
  { name: "until_s", value: ({ worst }) => (worst === null ? null : seconds(worst.untilUs)) },
  { name: "lost_s", value: ({ worst }) => (worst === null ? null : seconds(worst.lostUs)) },
  { name: "cause", value: ({ worst }) => worst?.cause ?? null },
  { name: "state", value: ({ worst }) => worst?.state ?? null },
];

const WORST_COLUMNS = WORST.map(({ name, value }): VmField => ({ name: `worst_${name}`, value }));

/** The columns about the time in which a VM lost most, with their values. */
export const worstFields = (vm: VmResult): [string, CsvValue][] =>
  WORST_COLUMNS.map(({ name, value }) => [name, value(vm)]);

const valuesOf = (fields: readonly VmField[], vm: VmResult): object =>
  Object.fromEntries(fields.map(({ name, value }) => [name, value(vm)]));

/** The summary as an object for JSON: sizes in pages, times in seconds. */
export function summaryObject(about: HostAbout, result: HostResult): object {
  return {
    name: result.name,
    policy: result.policy,
    params: about.params,
    seed: about.seed,
    duration_s: seconds(result.durationUs),
    memory_pages: result.memory,
    configured_pages: result.configured,
    overcommit: result.overcommit,
    consumed_max_pages: result.consumedMax,
    balloon_max_pages: result.balloonMax,
    swap_written_pages: result.swapWritten,
    swap_read_pages: result.swapRead,
    decisions: result.decisions,
    target_changes: result.changes,
    states_s: Object.fromEntries([...result.states].map(([state, us]) => [state, seconds(us)])),
    figures: Object.fromEntries(HOST_FIGURES.map(({ name, value }) => [name, value(result)])),
    vms: result.vms.map((vm) => ({
      ...valuesOf([...DESCRIPTION, ...FIGURES, ...SIZES], vm),
      worst: vm.worst === null ? null : valuesOf(WORST, vm),
    })),
    assumed: about.assumed,
    notes: about.notes,
  };
}

/** The summary as CSV: a line for each VM, in the order of the file. */
export function summaryCsv(runs: readonly RanHost[], hasWorlds: boolean): string {
  const fields = [...DESCRIPTION, ...FIGURES, ...SIZES, ...WORST_COLUMNS];
  const head = [...(hasWorlds ? ["world"] : []), ...fields.map(({ name }) => name)];
  const rows = runs.flatMap(({ result }, i) =>
    result.vms.map((vm): CsvValue[] => [...(hasWorlds ? [i + 1] : []), ...fields.map(({ value }) => value(vm))]),
  );
  return csvLines([head, ...rows]);
}

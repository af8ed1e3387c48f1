/** The figures of a VM in tables of a host's result. */
import { formatSize } from "../../../common/units.ts";
import { lostShareOf } from "../../hosts/measures/figures.ts";
import { type VmResult, wasOn } from "../../hosts/measures/results.ts";
import { percent, shortTime, worstText } from "./words.ts";

/** A figure of a VM, and how it is written. */
export interface VmFigureColumn {
  readonly name: string;
  readonly value: (vm: VmResult) => number;
  readonly text: (value: number) => string;
  /** Whether more of it is worse; else it is neither better nor worse. */
  readonly isLoss: boolean;
}

/** After the VM's name and its memory. */
export const VM_FIGURE_COLUMNS: readonly VmFigureColumn[] = [
  { name: "lost", value: ({ lostUs }) => lostUs, text: shortTime, isLoss: true },
  { name: "of its time", value: lostShareOf, text: percent, isLoss: true },
  { name: "stalled", value: ({ stallSomeUs }) => stallSomeUs, text: shortTime, isLoss: true },
  { name: "host wait", value: ({ hostWaitUs }) => hostWaitUs, text: shortTime, isLoss: true },
  { name: "down", value: ({ downUs }) => downUs, text: shortTime, isLoss: true },
  { name: "OOM kills", value: ({ oomKills }) => oomKills, text: String, isLoss: true },
  {
    name: "balloon",
    value: ({ balloonMean }) => balloonMean,
    text: (pages) => (pages === 0 ? "0" : formatSize(pages)),
    isLoss: false,
  },
];

/** When a VM lost most, and why. */
export function lostMostText(vm: VmResult): string {
  if (!wasOn(vm)) return "never powered on";
  return vm.worst === null ? "" : worstText(vm.worst);
}

/** The figures at the cursor in words. */
import { formatTime } from "../../../../common/units.ts";
import { shortTime } from "../../../report/host/words.ts";
import { formatQuantity } from "../../../report/page/format.ts";
import { HOST_FIGURES_AT, type HostMoments, VM_FIGURES_AT } from "../../hosts/moments.ts";

/** The columns of the table of VMs. */
export const VM_NAMES_AT = ["VM", "size", "target", "consumed", "host swap", "stalled so far"] as const;

const size = (pages: number | undefined): string => formatQuantity(pages, "size");

/** The host at a time: names and texts. */
export const hostTexts = ({ states, host }: HostMoments, index: number): [name: string, text: string][] => [
  ["state", states[index] ?? "–"],
  ...HOST_FIGURES_AT.map((name, f): [string, string] => [name, size(host[f]?.[index])]),
];

/** A VM at a time, in the order of the columns after its name. */
export const vmTexts = ({ figures }: HostMoments["vms"][number], index: number): string[] =>
  VM_FIGURES_AT.map((name, f) => {
    const value = figures[f]?.[index];
    if (name !== "stall_some_us") return size(value);
    return value === undefined || Number.isNaN(value) ? "off" : shortTime(value);
  });

/** Most VMs that are read aloud. */
const MOST_SPOKEN = 8;

/** A time for screen readers: the host, then its VMs. */
export function spokenAt(moments: HostMoments, index: number): string {
  const host = hostTexts(moments, index).map(([name, text]) => `${name} ${text}`);
  const vms = moments.vms.slice(0, MOST_SPOKEN).map((vm) => {
    const texts = vmTexts(vm, index);
    return `${vm.name}: ${texts.map((text, i) => `${VM_NAMES_AT[i + 1]} ${text}`).join(", ")}`;
  });
  const more = moments.vms.length - vms.length;
  const rest = more > 0 ? [`${more} more VMs in the table`] : [];
  return [`${formatTime(moments.timesUs[index] as number)}: ${host.join(", ")}`, ...vms, ...rest].join("; ");
}

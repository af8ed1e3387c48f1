import { type Bytes, formatSize, formatTime, PAGE_BYTES, type Us } from "../../common/units.ts";
import type { Against, ComparedHost, ComparedTargets, Difference } from "../hosts/against/compare.ts";
import { agreementOf } from "../hosts/against/movement.ts";
import type { Stretch } from "../hosts/against/stretches.ts";
import { formatTable } from "./table.ts";

const HEAD = ["VM", "measured", "decided", "apart", "of memory", "most apart", "same way", "correlation", "sure"];
const LEFT = new Set(["VM", "most apart", "sure"]);
const ALIGN = HEAD.map((name) => (LEFT.has(name) ? "left" : "right"));
/** What has no value. */
const NONE = "-";

/**
 * What a policy decides against what a real host did, as text: a line for each VM, one for all of them, and what all balloons
 * were to hold over time.
 * @param width columns of the terminal; undefined: no wrapping
 */
export function againstText(against: Against, width?: number): string {
  const { vms, host, stepUs } = against;
  const rows = [...vms.map(vmRow), hostRow(host, vms.length)];
  const table = formatTable({ head: HEAD, align: ALIGN, width }, rows);
  if (host.comparedUs === 0)
    return `${table}\nNothing was compared: no VM has a measured target at a time with a decided one.\n`;
  return [
    table,
    formatTable(
      { head: ["all VMs", "measured", "decided", "difference"], align: ["left", "right", "right", "right"] },
      host.over.map((each) => [span(each), size(each.measured), size(each.decided), signed(each)]),
    ),
    explained(host, stepUs),
  ].join("\n");
}

function vmRow(vm: ComparedTargets): string[] {
  const { grade, doubts } = vm.certainty;
  return [vm.name, ...figures(vm), [grade, doubts.join(", ")].filter((text) => text !== "").join(": ")];
}

const hostRow = (host: ComparedHost, all: number): string[] => [
  "(all)",
  ...figures(host),
  `${host.grade}: ${host.compared} of ${all} VMs`,
];

function figures(difference: Difference): string[] {
  const { measured, decided, apart, part, margin, largest, movement } = difference;
  const [most] = largest;
  const agreement = agreementOf(movement);
  return [
    size(measured),
    size(decided),
    margin === null || Number.isNaN(apart) ? size(apart) : `${size(apart)} ± ${size(margin)}`,
    percent(part),
    most === undefined ? NONE : `${signed(most)} in ${span(most)}`,
    agreement === null ? NONE : percent(agreement, 0),
    movement.correlation === null ? NONE : movement.correlation.toFixed(2),
  ];
}

function explained(host: ComparedHost, stepUs: Us): string {
  const { misplaced, apart } = host;
  const elsewhere =
    misplaced > apart * 1.01
      ? `Target by target the policy and the host are ${size(misplaced)} apart, ${size(apart)} in the sum: the rest is asked of other VMs.\n`
      : "";
  return (
    `${elsewhere}Means over the time in which both targets are known; apart is the mean of the absolute difference, with its 95 % interval.\n` +
    `Same way: of the steps of ${formatTime(stepUs)} in which a target moves by a MiB or more, those in which both move that way.\n`
  );
}

const size = (bytes: Bytes): string => (Number.isNaN(bytes) ? NONE : formatSize(bytes / PAGE_BYTES));

const percent = (part: number, digits = 1): string =>
  Number.isNaN(part) ? NONE : `${Number((part * 100).toFixed(digits))} %`;

function signed({ measured, decided }: Stretch): string {
  const difference = decided - measured;
  return `${difference < 0 ? "" : "+"}${size(difference)}`;
}

const span = ({ fromUs, untilUs }: Stretch): string => `${formatTime(fromUs)}..${formatTime(untilUs)}`;

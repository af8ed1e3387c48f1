/** The summary of a host's run as text: who lost time, when, and why. */
import { formatSize } from "../../../common/units.ts";
import type { VmResult } from "../../hosts/measures/results.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { wrapWords } from "../../output/wrap-words.ts";
import { notesOf } from "../../report/host/notes.ts";
import { aboutResult, hostProperties, verdict, worstFirst } from "../../report/host/summary.ts";
import { lostMostText, VM_FIGURE_COLUMNS } from "../../report/host/vm-columns.ts";
import { shortTime } from "../../report/host/words.ts";
import { propertiesText } from "../properties.ts";
import { type Alignment, formatTable } from "../table.ts";
import type { RanHost } from "./ran-host.ts";

/** VMs with a line of their own; of more VMs, those that lost most. */
export const SHOWN_VMS = 20;
/** @param width columns of the terminal; undefined: no wrapping */
export function summaryText(run: RanHost, width: number | undefined): string {
  const { scenario, result } = run;
  return [
    `${verdict(result)}\n`,
    propertiesText(hostProperties(scenario, result), width),
    vmTable(result.vms, width),
    notesText(scenario, width, [ONE_WORLD, ...aboutResult(result)]),
  ].join("\n");
}

const HEAD = ["VM", "memory", ...VM_FIGURE_COLUMNS.map(({ name }) => name), "lost most"];
const LEFT = new Set(["VM", "lost most"]);
const ALIGN = HEAD.map((name): Alignment => (LEFT.has(name) ? "left" : "right"));

function vmTable(vms: readonly VmResult[], width: number | undefined): string {
  const sorted = worstFirst(vms);
  const shown = sorted.slice(0, SHOWN_VMS);
  const [next] = sorted.slice(SHOWN_VMS);
  const more =
    next === undefined
      ? ""
      : `... and ${sorted.length - SHOWN_VMS} more, none of which lost more than ${shortTime(next.lostUs)} (--format csv has all)\n`;
  return formatTable({ head: HEAD, align: ALIGN, width }, shown.map(vmRow)) + more;
}

const vmRow = (vm: VmResult): string[] => [
  vm.name,
  formatSize(vm.memory),
  ...VM_FIGURE_COLUMNS.map(({ value, text }) => text(value(vm))),
  lostMostText(vm),
];

const ONE_WORLD = "These are figures of one world, the file as written: --worlds 5 shows how far they vary.";

/** What is assumed, and notes, at the end. */
export function notesText(scenario: HostScenario, width: number | undefined, first: readonly string[] = []): string {
  const sentences = [
    ...scenario.assumed.map((sentence) => `Assumed: ${sentence}`),
    ...[...first, ...notesOf(scenario)].map((sentence) => `Note: ${sentence}`),
  ];
  return sentences.map((sentence) => `${wrapWords(sentence, width ?? TEXT_WIDTH, "keep").join("\n")}\n`).join("");
}

/** Width of sentences without a terminal. */
export const TEXT_WIDTH = 110;

/** The summary of a host that was run in several worlds: how sure its figures are. */
import { escapeUnsafe } from "../../../common/quote.ts";
import { formatSize } from "../../../common/units.ts";
import { HOST_FIGURES, type HostFigure, lostShareOf } from "../../hosts/measures/figures.ts";
import type { HostResult, VmResult } from "../../hosts/measures/results.ts";
import { hostProperties } from "../../report/host/summary.ts";
import { percent, rangeText, shortTime, worstText } from "../../report/host/words.ts";
import { spreadOf } from "../../tune/spread.ts";
import { propertiesText } from "../properties.ts";
import { type Alignment, formatTable } from "../table.ts";
import type { RanHost } from "./ran-host.ts";
import { notesText, SHOWN_VMS } from "./summary-text.ts";

/** @param runs one for each world, more than one */
export function worldsText(runs: readonly RanHost[], width: number | undefined): string {
  const [{ scenario, result }] = runs as [RanHost];
  const about = hostProperties(scenario, result).filter(([label]) => label === "host" || label === "policy");
  return [
    `${escapeUnsafe(result.name)} in ${runs.length} worlds; median [lowest .. highest]\n`,
    propertiesText(about, width),
    figuresTable(runs.map((run) => run.result)),
    vmsTable(
      runs.map((run) => run.result),
      width,
    ),
    notesText(scenario, width),
  ].join("\n");
}

function figuresTable(results: readonly HostResult[]): string {
  const rows = HOST_FIGURES.map((figure) => [
    figure.name,
    rangeText(results.map(figure.value), (value) => valueText(figure, value)),
    figure.better,
  ]);
  return formatTable({ head: ["figure", "value", "better"], align: ["left", "left", "left"] }, rows);
}

function valueText({ unit }: HostFigure, value: number): string {
  if (unit === "s") return shortTime(value * 1e6);
  if (unit === "pages") return value === 0 ? "0" : formatSize(Math.round(value));
  if (unit === "share") return percent(value);
  return String(Number(value.toFixed(2)));
}

const HEAD = ["VM", "memory", "lost", "of its time", "OOM kills", "lost most"];
const LEFT = new Set(["VM", "lost most"]);
const ALIGN = HEAD.map((name): Alignment => (LEFT.has(name) ? "left" : "right"));

/** The VMs whose median of lost time is the largest first. When and why is that of the world in which it lost most. */
function vmsTable(results: readonly HostResult[], width: number | undefined): string {
  const [first] = results as [HostResult];
  const vms = first.vms.map((_, i) => results.map(({ vms: own }) => own[i] as VmResult));
  const lost = (of: readonly VmResult[]): number => spreadOf(of.map(({ lostUs }) => lostUs)).median;
  const sorted = vms.toSorted((a, b) => lost(b) - lost(a));
  const [next] = sorted.slice(SHOWN_VMS);
  const more =
    next === undefined
      ? ""
      : `... and ${sorted.length - SHOWN_VMS} more, none of which lost more than ${shortTime(lost(next))} in the median\n`;
  return formatTable({ head: HEAD, align: ALIGN, width }, sorted.slice(0, SHOWN_VMS).map(vmRow)) + more;
}

function vmRow(worlds: readonly VmResult[]): string[] {
  const [{ name, memory }] = worlds as [VmResult];
  const most = worlds.reduce((a, b) => (b.lostUs > a.lostUs ? b : a));
  const world = worlds.indexOf(most) + 1;
  return [
    name,
    formatSize(memory),
    rangeText(
      worlds.map(({ lostUs }) => lostUs),
      shortTime,
    ),
    rangeText(worlds.map(lostShareOf), percent),
    rangeText(
      worlds.map(({ oomKills }) => oomKills),
      (kills) => String(kills),
    ),
    most.worst === null ? "" : `${worstText(most.worst)}, in world ${world}`,
  ];
}

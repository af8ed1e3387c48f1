/** The table of VMs: those that suffer most first, each figure with the pinned run's below it. */
import { formatSize } from "../../../../common/units.ts";
import type { HostResult, VmResult } from "../../../hosts/measures/results.ts";
import { worstFirst } from "../../../report/host/summary.ts";
import { lostMostText, VM_FIGURE_COLUMNS, type VmFigureColumn } from "../../../report/host/vm-columns.ts";
import { verdictOf } from "../../../report/numbers.ts";
import { byId, element } from "../../../report/page/dom.ts";
import { relationOf } from "../../../tune/spread.ts";
import type { HostWorlds } from "../../hosts/protocol.ts";

/** VMs with a row. */
const MOST_VMS = 100;

/** The results that the table is about. */
export interface ShownResults {
  readonly shown: HostResult;
  /** Null: it is the shown one, or not known yet. */
  readonly pinned: HostResult | null;
  /** Both in more worlds; null: not known, or not yet. */
  readonly worlds: HostWorlds | null;
}

/** The columns, below which a VM's text about its worst time has the whole width. */
const COLUMNS = ["VM", "memory", ...VM_FIGURE_COLUMNS.map(({ name }) => name)];

/** Fills the head of the table. */
export function startVmTable(): void {
  byId("vms-head").replaceChildren(
    ...COLUMNS.map((name) => element("th", { scope: "col", class: name === "VM" ? "" : "n" }, name)),
  );
}

/** Fills the table anew. */
export function showVmTable(results: ShownResults): void {
  const { shown, pinned } = results;
  const sorted = worstFirst(shown.vms);
  byId("vms-rows").replaceChildren(...sorted.slice(0, MOST_VMS).flatMap((vm) => rowsOf(vm, results)));
  const more = sorted.length - MOST_VMS;
  byId("vms-about").textContent = [
    "Those that lost most first.",
    ...(pinned === null ? [] : ["In small: the pinned run."]),
    ...(more > 0 ? [`${more} more have no row.`] : []),
  ].join(" ");
}

/** The row of a VM's figures, and below it when the VM lost most: a sentence, for which a column has no room. */
function rowsOf(vm: VmResult, { shown, pinned, worlds }: ShownResults): HTMLElement[] {
  // Both are the same host, with its VMs in the same order.
  const index = shown.vms.indexOf(vm);
  const before = pinned?.vms[index] ?? null;
  const cells = VM_FIGURE_COLUMNS.map((column) => {
    const inWorlds = (all: readonly HostResult[]): number[] =>
      all.map(({ vms }) => column.value(vms[index] as VmResult));
    const spread = worlds === null ? null : { shown: inWorlds(worlds.shown), pinned: inWorlds(worlds.pinned) };
    return figureCell(column, vm, before, spread);
  });
  const texts = [lostMostText(vm), ...(before === null ? [] : [lostMostText(before)])];
  const figures = element(
    "tr",
    { "data-name": vm.name },
    element("th", { scope: "row" }, vm.name),
    element("td", { class: "n" }, formatSize(vm.memory)),
    ...cells,
  );
  if (texts.every((text) => text === "")) return [figures];
  const [now, ...others] = texts.map((text) => `lost most: ${text || "nothing"}`);
  const told = element(
    "td",
    { colspan: COLUMNS.length },
    now as string,
    ...others.map((text) => element("small", {}, text)),
  );
  return [figures, element("tr", { class: "told" }, told)];
}

/** Values in worlds. */
interface Spread {
  readonly shown: readonly number[];
  readonly pinned: readonly number[];
}

function figureCell(
  { value, text, isLoss }: VmFigureColumn,
  vm: VmResult,
  before: VmResult | null,
  spread: Spread | null,
): HTMLElement {
  const now = value(vm);
  if (before === null) return element("td", { class: "n", title: rangeTitle(spread, text) }, text(now));
  const was = value(before);
  const isNoise = spread !== null && relationOf(spread.shown, spread.pinned) === "~";
  const verdict = isNoise || !isLoss ? "" : (verdictOf(now, was, "less") ?? "");
  const mark = isNoise && now !== was ? " ~" : "";
  return element(
    "td",
    { class: `n ${verdict}`.trim(), title: rangeTitle(spread, text) },
    `${text(now)}${mark}`,
    element("small", {}, text(was)),
  );
}

function rangeTitle(spread: Spread | null, text: (value: number) => string): string | undefined {
  if (spread === null) return undefined;
  const range = (values: readonly number[]) => `${text(Math.min(...values))} to ${text(Math.max(...values))}`;
  return `In ${spread.shown.length} worlds: ${range(spread.shown)}; pinned: ${range(spread.pinned)}`;
}

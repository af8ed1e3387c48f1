import { bareMemoryRemark } from "../../common/bare-size.ts";
import { print, warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import type { BegunBytes } from "../../common/files/bytes.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { escapeUnsafe, safeJson } from "../../common/quote.ts";
import { formatCost, formatRate, formatSize, formatTime } from "../../common/units.ts";
import { DEFAULT_POLICY, POLICIES } from "../../engine/index.ts";
import { remarkForAll } from "../host/ignored-rules.ts";
import { beginHost, isHostFile, readHostText } from "../hosts/scenario/host-text.ts";
import { guestText } from "../trace/guest-text.ts";
import { hostScript, leftOutOfScript } from "../trace/host-script.ts";
import { STDIN, shownInput } from "../trace/input.ts";
import { inspectTrace, type SeriesFigures, type TraceFigures, targetRemarkOf } from "../trace/inspect.ts";
import { isReadOnce, openTrace } from "../trace/open.ts";
import { capabilitySum, STATUS_NAMES } from "../trace/sections/host.ts";
import type { HostRule, Origin, TraceEvent } from "../trace/types.ts";
import { propertiesText } from "./properties.ts";
import { showHost } from "./show-host.ts";
import { formatTable, terminalWidth } from "./table.ts";

/** Number of rules and events that are listed; `--json` has all. */
const MAX_LISTED = 20;

/** The options of `balloon-sim show`. */
export interface ShowOptions {
  readonly json?: true;
  readonly hostScript?: true;
}

/** Executes `balloon-sim show` for a trace or a host file. */
export function show(file: string, options: ShowOptions): void {
  // What can be read only once is begun, to see what it is.
  const { host, begun } = isReadOnce(file) ? beginHost(file === STDIN ? null : file) : { host: null, begun: null };
  if (host === null && (begun !== null || !isHostFile(file))) return showTrace(file, begun, options);
  if (options.hostScript) {
    throw new InputError(`--host-script: ${shownInput(file)} is a host with VMs, expected a trace`);
  }
  showHost(host ?? readHostText(file), options.json === true);
}

function showTrace(trace: string, begun: BegunBytes | null, options: ShowOptions): void {
  const source = openTrace(trace, trace, begun);
  try {
    const { driver } = source.trace.guest;
    if (driver !== null) policyNamed(driver, `${shownInput(trace)}: $.guest.driver`);
    if (options.hostScript) {
      print(hostScript(source));
      const leftOut = leftOutOfScript(source.trace.host);
      if (leftOut !== null) warn(`balloon-sim: note: ${leftOut}`);
      return;
    }
    const figures = inspectTrace(source);
    // JSON has neither NaN nor Infinity; both become null, which means unknown, or no end.
    print(options.json ? `${safeJson(figures, 2)}\n` : traceText(figures, terminalWidth()));
  } finally {
    source.close();
  }
}

type EntryCosts = Pick<TraceFigures, "entryNs" | "largeEntryNs" | "unlockEntryNs" | "unlockLargeEntryNs">;

const entryText = ({ entryNs, largeEntryNs, unlockEntryNs, unlockLargeEntryNs }: EntryCosts): string => {
  const back = unlockEntryNs === entryNs ? "" : `, each one given back ${formatCost(unlockEntryNs)}`;
  const large = largeEntryNs === entryNs ? "" : `, each one of 2 MiB ${formatCost(largeEntryNs)}`;
  const largeBack =
    unlockLargeEntryNs === largeEntryNs ? "" : `, each one of 2 MiB given back ${formatCost(unlockLargeEntryNs)}`;
  const others = `${back}${large}${largeBack}`;
  return entryNs === 0 && others === "" ? "" : `, each page of a batch ${formatCost(entryNs)} more${others}`;
};

/** A note about rules that have no effect on the driver of runs that are given none, with its own constants. */
function rulesNote({ guest, rules, capabilities }: TraceFigures): string | null {
  const policy = POLICIES.get(guest.driver ?? DEFAULT_POLICY.name);
  const host = { capabilities: capabilitySum(capabilities), rules };
  return policy === undefined ? null : remarkForAll(policy, [policy.defaults], host);
}

/** What START grants to a driver that asks for all. */
const grantText = ({ capabilities }: TraceFigures): string =>
  `grants ${capabilities.length === 0 ? "single pages only" : capabilities.join(", ")}`;

/** The description of a trace as text; `width` is the terminal's, undefined without a terminal. */
export function traceText(figures: TraceFigures, width: number | undefined): string {
  const properties: [string, string][] = [
    ["trace", escapeUnsafe(figures.name)],
    ["shows", escapeUnsafe(figures.description)],
    ["origin", originText(figures.origin)],
    ["duration", formatTime(figures.durationUs)],
    ["seed", escapeUnsafe(figures.seed)],
    ["guest", guestText(figures.guest)],
    ...figures.workloads.map((workload): [string, string] => ["workload", workloadText(workload)]),
    ["host", `a backdoor call costs ${formatCost(figures.callNs)}${entryText(figures)}; ${grantText(figures)}`],
    ["warning", targetRemarkOf(figures) ?? bareMemoryRemark(figures.guest.memory) ?? ""],
    ["note", rulesNote(figures) ?? ""],
  ];
  const parts = [propertiesText(properties, width), seriesTable(figures.series, width)];
  if (figures.rules.length > 0) parts.push(rulesTable(figures.rules, width));
  if (figures.events.length > 0) parts.push(eventsTable(figures.events, width));
  if (figures.measured.length > 0) parts.push(measuredTable(figures.measured, width));
  return parts.join("\n");
}

function originText(origin: Origin): string {
  const parts: string[] = [origin.kind];
  if (origin.note !== null) parts.push(`: ${origin.note}`);
  const files = origin.files.map((file) => file.name).join(", ");
  if (files !== "") parts.push(` Files: ${files}.`);
  if (origin.importer !== null) parts.push(` Imported by ${origin.importer.name} ${origin.importer.version}.`);
  if (origin.epoch !== null) parts.push(` Time 0 is ${origin.epoch}${zoneText(origin)}.`);
  if (origin.sampleSeconds !== null) parts.push(` Samples of ${origin.sampleSeconds} s.`);
  if (origin.licence !== null) parts.push(` Licence: ${origin.licence}.`);
  return escapeUnsafe(parts.join(""));
}

function zoneText({ zone, zoneSource }: Origin): string {
  if (zone === null) return "";
  return zoneSource === null ? ` (${zone})` : ` (${zone}, zone from: ${zoneSource})`;
}

function workloadText({ name, fileWarm, swapped, restartUs, cpu }: TraceFigures["workloads"][number]): string {
  const files = fileWarm ? "files in the cache at the start" : "files on disk at the start";
  const after = restartUs === null ? "not restarted after a kill" : `back ${formatTime(restartUs)} after a kill`;
  const swap = swapped > 0 ? [`${formatSize(swapped)} in swap at the start`] : [];
  const busy = cpu > 0 ? [`busy on ${cpu} ${cpu === 1 ? "processor" : "processors"}`] : [];
  return `${name}: ${[files, ...swap, ...busy, after].join(", ")}`;
}

function seriesTable(series: readonly SeriesFigures[], width: number | undefined): string {
  const head = ["series", "min", "max", "points", "hold", "provenance", "unknown", "from"];
  const align = ["left", "right", "right", "right", "left", "left", "right", "left"] as const;
  return formatTable({ head, align, width }, series.map(seriesRow));
}

function seriesRow(series: SeriesFigures): string[] {
  const format = series.unit === "pages" ? formatSize : formatRate;
  const extreme = (value: number | null): string => (value === null ? "unknown" : format(value));
  const isConstant = series.points === 1 && series.repeatUs === 0;
  const period = series.repeatUs > 0 ? ` every ${formatTime(series.repeatUs)}` : "";
  return [
    series.name,
    extreme(series.min),
    extreme(series.max),
    String(series.points),
    isConstant ? "constant" : `${series.hold}${period}`,
    series.how,
    series.unknownUs > 0 ? formatTime(series.unknownUs) : "",
    escapeUnsafe(series.from ?? ""),
  ];
}

function rulesTable(rules: readonly HostRule[], width: number | undefined): string {
  const rows = rules
    .slice(0, MAX_LISTED)
    .map((rule) => [
      rule.path,
      rule.command,
      statusName(rule.status),
      formatTime(rule.fromUs),
      rule.untilUs === Number.POSITIVE_INFINITY ? "" : formatTime(rule.untilUs),
      rule.count === Number.POSITIVE_INFINITY ? "" : String(rule.count),
      rule.every === 1 ? "" : String(rule.every),
      rule.fraction === 1 ? "" : String(rule.fraction),
    ]);
  const head = ["host rule", "command", "status", "from", "until", "count", "every", "fraction"];
  const align = ["left", "left", "left", "right", "right", "right", "right", "right"] as const;
  return formatTable({ head, align, width }, rows) + more(rules.length);
}

/** The first name of a status in traces; its number if it has no name. */
function statusName(status: number): string {
  for (const [name, number] of STATUS_NAMES) if (number === status) return name;
  return String(status);
}

function eventsTable(events: readonly TraceEvent[], width: number | undefined): string {
  const rows = events
    .slice(0, MAX_LISTED)
    .map((event) => [
      event.type,
      formatTime(event.atUs),
      event.untilUs === null ? "" : formatTime(event.untilUs),
      escapeUnsafe(event.text),
    ]);
  const head = ["event", "at", "until", "text"];
  return formatTable({ head, align: ["left", "right", "right", "left"], width }, rows) + more(events.length);
}

function measuredTable(measured: TraceFigures["measured"], width: number | undefined): string {
  const rows = measured.map((series) => [
    series.quantity,
    escapeUnsafe(series.unit),
    series.kind,
    series.windowSeconds === null ? series.aggregate : `${series.aggregate} of ${series.windowSeconds} s`,
    series.how,
    series.points > 0 ? String(series.points) : "in rows",
    escapeUnsafe(series.field ?? ""),
  ]);
  const head = ["measured", "unit", "kind", "aggregate", "provenance", "points", "field"];
  const align = ["left", "left", "left", "left", "left", "right", "left"] as const;
  return formatTable({ head, align, width }, rows);
}

function more(count: number): string {
  return count > MAX_LISTED ? `… and ${count - MAX_LISTED} more (--json has all)\n` : "";
}

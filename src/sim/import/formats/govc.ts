import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { type JsonElement, JsonElements } from "../json-elements.ts";
import type { LogFile } from "../log-file.ts";
import type { Detection, Format, Head, ReadContext } from "../reader.ts";
import { type NamedPoints, SeriesStream, SeriesTable } from "../series-table.ts";
import { gatherText, looksLikeText } from "./govc-text.ts";
import { instantOf } from "./iso-time.ts";
import {
  columnOfCounter,
  HostUsageRam,
  inUnit,
  notePower,
  UsageRam,
  VCENTER_COLUMNS,
  VCENTER_DEMANDS,
} from "./vcenter-counters.ts";

const SAMPLE_KEY = /^\s*\{\s*"[Ss]ample"\s*:/;
/** vCenter stores percents in hundredths. */
const PER_PERCENT = 100;

/** vCenter's counters as `govc metric.sample` prints them, as JSON and as text. */
export const govc: Format = {
  name: "govc",
  title: "govc metric.sample",
  source:
    "govc metric.sample -json -n 180 -i 20 vm/VM mem.active.average mem.granted.average mem.usage.average mem.swapped.average mem.vmmemctl.average mem.vmmemctltarget.average > log.json",
  columns: VCENTER_COLUMNS,
  step: "20 s of the last hour; 300 s and more of the history",
  stepSeconds: 20,
  gapSteps: 2,
  clock: "epoch",
  assumedZone: null,
  stamp: "end",
  hold: "step",
  memory: "inferred",
  machines: "several",
  demands: VCENTER_DEMANDS,
  quirks: [
    "several outputs are one log, such as one per hour or per counter; in separate files, or appended to one",
    "the RAM is not a counter: inferred from mem.usage, which is mem.active as a fraction of it, if the log has both",
    "the history contains the target, mem.vmmemctltarget, only if the level of statistics was raised to 2",
    "granted memory excludes the balloon, so nothing is subtracted",
    "-1 is a missing value of vCenter",
    "in JSON percents are hundredths, and VMs have ids of vCenter (vm-42); in text (-t is needed for the times) they have names, cut at 30 characters unless -d 0",
    "hosts, clusters and pools are machines too, read if --vm names them",
  ],
  detect,
  open: (files, context) => new SeriesStream(files, () => gather(files, context), notePower),
  memoryFinder: ({ isHost }) => (isHost === true ? new HostUsageRam() : new UsageRam()),
};

function detect(head: Head): Detection | null {
  if (SAMPLE_KEY.test(head.text) && /"[Ee]ntity"\s*:/.test(head.text)) {
    return { confidence: 1, reason: 'it is a JSON object "sample" of entities, as govc prints' };
  }
  if (looksLikeText(head))
    return { confidence: 0.9, reason: "its lines are a name, an instance, a counter and values" };
  return null;
}

function gather(files: readonly LogFile[], context: ReadContext): SeriesTable {
  const table = new SeriesTable(VCENTER_COLUMNS);
  const named = new Map<string, NamedPoints>();
  for (const file of files) {
    if (/^\s*\{/.test(file.head())) gatherJson(file, table, context);
    else gatherText(file, table, named, context);
  }
  return table;
}

function gatherJson(file: LogFile, table: SeriesTable, context: ReadContext): void {
  const paths = [
    ["sample", null],
    ["Sample", null],
  ];
  const elements = new JsonElements(file, paths, "sequence");
  for (let each = elements.next(); each !== null; each = elements.next()) {
    try {
      readEntity(each, table, context);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      context.damaged(error);
    }
  }
  if (elements.isCutShort) {
    context.report.warn("the log is incomplete: read up to its end", { file: file.name, line: 1 });
  }
}

/** Versions before 0.31 wrote keys with a capital letter. */
function get(value: unknown, key: string): { readonly key: string; readonly value: unknown } {
  const object = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const capital = (key[0] as string).toUpperCase() + key.slice(1);
  const found = !(key in object) && capital in object ? capital : key;
  return { key: found, value: object[found] };
}

function readEntity(element: JsonElement, table: SeriesTable, context: ReadContext): void {
  const entry = element.parse();
  const entity = get(entry, "entity");
  const type = get(entity.value, "type").value;
  const id = get(entity.value, "value").value;
  if (typeof id !== "string" || id === "") {
    throw element.fault([entity.key], "expected an entity with type and value");
  }
  const infos = get(entry, "sampleInfo");
  if (!Array.isArray(infos.value)) throw element.fault([infos.key], "expected a list of times");
  const times = Float64Array.from(infos.value, (info: unknown, i) => {
    const stamp = get(info, "timestamp");
    const us = instantOf(stamp.value);
    if (Number.isNaN(us)) {
      throw element.fault([infos.key, i, stamp.key], 'expected a time such as "2026-11-22T23:20:40Z"');
    }
    return us;
  });
  const isHost = type === "HostSystem";
  // Hosts are read with their VMs.
  const isTheirs = isHost && context.host !== null;
  if (type !== "VirtualMachine" && !isTheirs && !context.names(id)) return;
  const machine = table.machine(id, null, VCENTER_COLUMNS, isHost);
  if (!isTheirs && !context.wants(id, null)) return;
  const list = get(entry, "value");
  if (!Array.isArray(list.value)) throw element.fault([list.key], "expected a list of counters");
  list.value.forEach((series: unknown, i) => {
    const name = get(series, "name").value;
    const values = get(series, "value");
    const instance = get(series, "instance").value ?? "";
    const column = typeof name === "string" ? columnOfCounter(name) : -1;
    // An instance is a part of a machine, such as one of its disks.
    if (column === -1 || instance !== "") return;
    const path = [list.key, i, values.key];
    if (!Array.isArray(values.value)) throw element.fault(path, "expected a list of values");
    if (values.value.length !== times.length) {
      throw element.fault(path, `${values.value.length} values, expected ${times.length}, one for each time`);
    }
    const numbers = Float64Array.from(values.value, (value: unknown, j) => {
      if (typeof value !== "number" || !Number.isFinite(value))
        throw element.fault([...path, j], `expected ${String(name)}, a number, found ${quote(String(value))}`);
      return inUnit(column, value, PER_PERCENT);
    });
    table.add(machine, { column, times, values: numbers, file: element.file, line: element.line });
  });
}

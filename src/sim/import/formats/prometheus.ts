import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { PAGE_BYTES } from "../../../common/units.ts";
import { isSeconds } from "../clock/civil.ts";
import { type JsonElement, JsonElements } from "../json-elements.ts";
import type { LogFile } from "../log-file.ts";
import type { Detection, Format, Head, ReadContext } from "../reader.ts";
import { SeriesStream, SeriesTable } from "../series-table.ts";
import { type ColumnSpec, column, type Quantity, type Unit } from "../vocabulary.ts";
import { LabelledSeries, type Labels } from "./labelled-series.ts";

/** Quantity, unit and name of a metric of node_exporter; names of sizes were without `_bytes` before 0.16. */
type Metric = readonly [quantity: Quantity, unit: Unit, name: string, kind?: "counter"];

const METRICS: readonly Metric[] = [
  ["memTotal", "B", "node_memory_MemTotal_bytes"],
  ["swapTotal", "B", "node_memory_SwapTotal_bytes"],
  ["free", "B", "node_memory_MemFree_bytes"],
  ["available", "B", "node_memory_MemAvailable_bytes"],
  ["buffers", "B", "node_memory_Buffers_bytes"],
  ["cached", "B", "node_memory_Cached_bytes"],
  ["anon", "B", "node_memory_AnonPages_bytes"],
  ["x-shmem", "B", "node_memory_Shmem_bytes"],
  ["x-reclaimable-slab", "B", "node_memory_SReclaimable_bytes"],
  ["slab", "B", "node_memory_Slab_bytes"],
  ["x-swap-cached", "B", "node_memory_SwapCached_bytes"],
  ["x-swap-free", "B", "node_memory_SwapFree_bytes"],
  ["lruActive", "B", "node_memory_Active_bytes"],
  ["lruInactive", "B", "node_memory_Inactive_bytes"],
  ["dirty", "B", "node_memory_Dirty_bytes"],
  ["commit", "B", "node_memory_Committed_AS_bytes"],
  ["swapIn", "pages", "node_vmstat_pswpin", "counter"],
  ["swapOut", "pages", "node_vmstat_pswpout", "counter"],
  ["majorFaults", "1", "node_vmstat_pgmajfault", "counter"],
  ["x-faults", "1", "node_vmstat_pgfault", "counter"],
  ["x-oom-kills", "1", "node_vmstat_oom_kill", "counter"],
  ["ioRead", "KiB", "node_vmstat_pgpgin", "counter"],
  ["ioWrite", "KiB", "node_vmstat_pgpgout", "counter"],
  ["x-balloon-inflated", "pages", "node_vmstat_balloon_inflate", "counter"],
  ["x-balloon-deflated", "pages", "node_vmstat_balloon_deflate", "counter"],
  ["psiSome", "us", "node_pressure_memory_waiting_seconds_total", "counter"],
  ["psiFull", "us", "node_pressure_memory_stalled_seconds_total", "counter"],
];

const COLUMNS: readonly ColumnSpec[] = [
  ...METRICS.map(([quantity, unit, name, kind]) => column(quantity, name, unit, kind && { kind })),
  column("swapUsed", "SwapTotal - SwapFree", "B", { how: "derived" }),
  column("balloonSize", "balloon_inflate - balloon_deflate", "B", { how: "derived" }),
];
const indexOf = (quantity: Quantity): number => COLUMNS.findIndex((each) => each.quantity === quantity);
const SWAP_TOTAL = indexOf("swapTotal");
const SWAP_FREE = indexOf("x-swap-free");
const SWAP_USED = indexOf("swapUsed");
const INFLATED = indexOf("x-balloon-inflated");
const DEFLATED = indexOf("x-balloon-deflated");
const BALLOON = indexOf("balloonSize");

const BY_NAME: ReadonlyMap<string, number> = new Map(
  METRICS.flatMap(([, , name], index) => [
    [name, index],
    [name.replace(/_bytes$/, ""), index],
  ]),
);

/** Answers of Prometheus' API with the metrics of node_exporter. */
export const prometheus: Format = {
  name: "prometheus",
  title: "Prometheus",
  source:
    'curl \'HOST:9090/api/v1/query?query={__name__=~"node_memory_.*|node_vmstat_.*|node_pressure_memory_.*",instance="VM"}[6h]\' > log.json',
  columns: COLUMNS,
  step: "15 s to 60 s, or a query's step",
  stepSeconds: 60,
  gapSteps: 2,
  clock: "epoch",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "measured",
  machines: "several",
  demands: [
    {
      name: "kernel",
      meaning:
        "anonymous and shared memory is wanted wherever it is, in RAM or swapped out; page cache and slab that can be reclaimed are files; all else that is not the balloon's is the kernel's",
      formulas:
        "anon = anon + x-shmem + swapUsed - x-swap-cached, fileSet = buffers + cached - x-shmem + x-reclaimable-slab, " +
        "kernelMemory = memory - free - anon - buffers - cached - x-swap-cached - x-reclaimable-slab - balloon",
    },
    {
      name: "used",
      meaning: "what is neither free nor cache nor the balloon's is anonymous, the kernel's share included",
      formulas: "anon = memory - free - buffers - cached - balloon, fileSet = buffers + cached",
    },
    {
      name: "available",
      meaning:
        "what the kernel could not give without swapping, and is not the balloon's, is anonymous; there is nothing else",
      formulas: "anon = memory - available - balloon",
    },
    {
      name: "free",
      meaning: "what is not free, nor the balloon's, is anonymous, page cache included",
      formulas: "anon = memory - free - balloon",
    },
  ],
  quirks: [
    "several answers are one log: one for each metric, or for each stretch of time, as the API gives 11,000 points at most",
    "each instance is a machine; where one metric of an instance comes with several sets of other labels (two clusters with the same addresses), each set is, named by the labels that differ",
    "a file may have several answers, one after the other, as curl >> log.json leaves them",
    "a query with a step repeats the last value for five minutes after a target has gone: flat lines may be no measurements; ask for raw samples, [6h], where you can",
    "series without a name, results of rate() and the like, can't be told apart: left out",
    "values that are no numbers (NaN, +Inf) are unknown",
    "the balloon's counters are there only where node_exporter was told to collect them (--collector.vmstat.fields)",
  ],
  detect,
  open: (files, context) => new SeriesStream(files, () => gather(files, context), complete),
};

function detect({ text }: Head): Detection | null {
  const isAnswer = /^\s*\{\s*"(?:status|data)"\s*:/.test(text) && /"status"\s*:\s*"(?:success|error)"/.test(text);
  if (!isAnswer || !/"resultType"\s*:|"errorType"\s*:/.test(text)) return null;
  return { confidence: 1, reason: 'it is a JSON object with "status" and "resultType", as Prometheus answers' };
}

const PATHS = [["data", "result", null], ["data", "resultType"], ["error"]];
const RESULT = 0;
const RESULT_TYPE = 1;

function gather(files: readonly LogFile[], context: ReadContext): SeriesTable {
  const table = new SeriesTable(COLUMNS);
  const found = new LabelledSeries();
  for (const file of files) {
    const elements = new JsonElements(file, PATHS, "sequence");
    for (let each = elements.next(); each !== null; each = elements.next()) {
      if (each.pathIndex === RESULT) {
        try {
          readSeries(each, found, context);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          context.damaged(error);
        }
      } else checkAnswer(each);
    }
    if (elements.isCutShort) {
      context.report.warn("the log is cut short: read as far as it goes", { file: file.name, line: 1 });
    }
  }
  found.settle(table, context);
  return table;
}

/** An answer that is an error, or of a kind that has no series, is no log. */
function checkAnswer(element: JsonElement): void {
  const value = element.parse();
  if (element.pathIndex === RESULT_TYPE) {
    if (value === "matrix" || value === "vector") return;
    throw element.fault(
      [],
      `expected "matrix" or "vector", found ${quote(String(value))}: ask for a metric, or a range of one`,
    );
  }
  throw element.fault([], `Prometheus answered with an error: ${quote(String(value), 200)}`);
}

interface SeriesJson {
  readonly metric?: unknown;
  readonly values?: unknown;
  readonly value?: unknown;
}

function readSeries(element: JsonElement, found: LabelledSeries, context: ReadContext): void {
  const series = element.parse() as SeriesJson | null;
  const metric = series?.metric;
  if (typeof metric !== "object" || metric === null) throw element.fault([], "expected a series with a metric");
  const { __name__: name, ...labels } = metric as Record<string, unknown>;
  const { instance, node, host } = labels;
  const id = [instance, node, host].find((each) => typeof each === "string" && each !== "");
  const place = { file: element.file.name, line: element.line };
  if (typeof name !== "string") {
    context.report.warn("a series without a name, as rate() and the like give: left out", place);
    return;
  }
  const index = BY_NAME.get(name);
  if (index === undefined) {
    context.report.warn("a metric that says nothing of memory: left out", place);
    return;
  }
  if (typeof id !== "string") throw element.fault(["metric"], 'expected the label "instance"');
  const isVector = series?.values === undefined;
  const points: unknown = isVector ? [series?.value] : series.values;
  if (!Array.isArray(points)) throw element.fault(["values"], "expected a list of points");
  const times = new Float64Array(points.length);
  const values = new Float64Array(points.length);
  points.forEach((point: unknown, i) => {
    const path = isVector ? ["value"] : ["values", i];
    const [time, text] = Array.isArray(point) ? (point as unknown[]) : [];
    if (!isSeconds(time)) throw element.fault(path, "expected a point: time and value");
    times[i] = Math.round(time * 1e6);
    values[i] = numberOf(text);
    if (Number.isNaN(values[i]) && text !== "NaN") {
      if (text !== "+Inf" && text !== "-Inf") {
        throw element.fault([...path, 1], `expected ${name}, a number in quotes`);
      }
      context.report.warn(`${text} is no number: unknown`, place);
    }
  });
  if (COLUMNS[index]?.unit === "us")
    for (let i = 0; i < values.length; i++) values[i] = Math.round((values[i] as number) * 1e6);
  found.add(id, labelsOf(labels), { column: index, times, values, file: element.file, line: element.line });
}

/** Labels whose values are texts, as all of Prometheus are. */
const labelsOf = (labels: Readonly<Record<string, unknown>>): Labels =>
  Object.fromEntries(Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === "string"));

/** A value as Prometheus writes it, in quotes; NaN for what is no number. */
function numberOf(text: unknown): number {
  if (typeof text !== "string" || !/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

function complete(values: Float64Array): void {
  values[SWAP_USED] = (values[SWAP_TOTAL] as number) - (values[SWAP_FREE] as number);
  values[BALLOON] = ((values[INFLATED] as number) - (values[DEFLATED] as number)) * PAGE_BYTES;
}

import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { isSeconds } from "../clock/civil.ts";
import { type JsonElement, JsonElements } from "../json-elements.ts";
import type { LogFile } from "../log-file.ts";
import type { Detection, Format, Head, ReadContext } from "../reader.ts";
import { SeriesStream, SeriesTable } from "../series-table.ts";
import { LabelledSeries, type Labels } from "./labelled-series.ts";
import {
  completeMetrics,
  METRIC_COLUMNS,
  METRIC_DEMANDS,
  METRIC_QUIRKS,
  metricOf,
  metricRam,
} from "./prometheus-metrics.ts";

/** Answers of Prometheus' API with the metrics of node_exporter. */
export const prometheus: Format = {
  name: "prometheus",
  title: "Prometheus",
  source:
    'curl \'HOST:9090/api/v1/query?query={__name__=~"node_memory_.*|node_vmstat_.*|node_pressure_memory_.*",instance="VM"}[6h]\' > log.json',
  columns: METRIC_COLUMNS,
  step: "15 s to 60 s, or a query's step",
  stepSeconds: 60,
  gapSteps: 2,
  clock: "epoch",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "measured",
  machines: "several",
  demands: METRIC_DEMANDS,
  quirks: [
    "several answers are one log: one for each metric, or for each interval, because the API returns at most 11,000 " +
      "points",
    "each instance is a machine; if one metric of an instance has several sets of other labels (two clusters with " +
      "the same addresses), each set is a machine, named by the labels that differ",
    "a file may have several answers, one after the other, as curl >> log.json leaves them",
    "bare lists of series, as clients of the API print them, are answers too",
    "a query with a step repeats the last value for five minutes after a target has disappeared: flat lines may not " +
      "be measurements; query raw samples, [6h], if possible",
    "series without a name, such as results of rate(), can't be identified: omitted",
    "values that are not finite numbers (NaN, +Inf) are unknown",
    ...METRIC_QUIRKS,
  ],
  detect,
  open: (files, context) => new SeriesStream(files, () => gather(files, context), completeMetrics),
  memoryFinder: metricRam,
};

function detect({ text }: Head): Detection | null {
  if (/^\s*\[\s*\{\s*"metric"\s*:\s*\{/.test(text) && /"values?"\s*:\s*\[/.test(text)) {
    return { confidence: 1, reason: 'it is a list of series with "metric" and "values", as Prometheus answers' };
  }
  const isAnswer = /^\s*\{\s*"(?:status|data)"\s*:/.test(text) && /"status"\s*:\s*"(?:success|error)"/.test(text);
  if (!isAnswer || !/"resultType"\s*:|"errorType"\s*:/.test(text)) return null;
  return { confidence: 1, reason: 'it is a JSON object with "status" and "resultType", as Prometheus answers' };
}

const PATHS = [["data", "result", null], ["data", "resultType"], ["error"], [null]];
const RESULT = 0;
const RESULT_TYPE = 1;
/** Series of a bare list, the output of some clients of the API. */
const BARE = 3;

function gather(files: readonly LogFile[], context: ReadContext): SeriesTable {
  const table = new SeriesTable(METRIC_COLUMNS);
  const found = new LabelledSeries();
  for (const file of files) {
    const elements = new JsonElements(file, PATHS, "sequence");
    for (let each = elements.next(); each !== null; each = elements.next()) {
      if (each.pathIndex === RESULT || each.pathIndex === BARE) {
        try {
          readSeries(each, found, context);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          context.damaged(error);
        }
      } else checkAnswer(each);
    }
    if (elements.isCutShort) {
      context.report.warn("the log is incomplete: read up to its end", { file: file.name, line: 1 });
    }
  }
  found.settle(table, context);
  return table;
}

/** Refuses answers that are errors, or of a kind without series. */
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
  const place = { file: element.file.name, line: element.line };
  if (typeof name !== "string") {
    context.report.warn("a series without a name, as rate() and similar functions return: omitted", place);
    return;
  }
  const known = metricOf(name);
  if (known === null) {
    context.report.warn("a metric without information about memory: omitted", place);
    return;
  }
  const texts = labelsOf(labels);
  const id = known.family.nameOf(texts);
  if (id === undefined) throw element.fault(["metric"], `expected the label "${known.family.label}"`);
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
      context.report.warn(`${text} is not a number: unknown`, place);
    }
  });
  for (let i = 0; i < values.length; i++) values[i] = known.inUnit(values[i] as number);
  found.add(known.family, id, texts, { column: known.column, times, values, file: element.file, line: element.line });
}

/** Labels whose values are texts, as all values of Prometheus' labels are. */
const labelsOf = (labels: Readonly<Record<string, unknown>>): Labels =>
  Object.fromEntries(Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === "string"));

/** A value in Prometheus' notation, in quotes; NaN for infinities and NaN. */
function numberOf(text: unknown): number {
  if (typeof text !== "string" || !/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

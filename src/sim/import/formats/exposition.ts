import { quote } from "../../../common/quote.ts";
import type { Us } from "../../../common/units.ts";
import { SECOND_US } from "../clock/civil.ts";
import type { DateOrder } from "../clock/date-order.ts";
import { instantStamp, orderOfStamps, parseTimeLine, StampClock } from "../clock/stamp.ts";
import { LineCursor } from "../lines.ts";
import type { LogFile } from "../log-file.ts";
import { machineOf } from "../names.ts";
import { eachLine, timeGoesBack } from "../points.ts";
import type { Detection, Format, Head, ReadContext } from "../reader.ts";
import { SeriesStream, SeriesTable } from "../series-table.ts";
import { type Family, LabelledSeries, type Labels } from "./labelled-series.ts";
import {
  completeMetrics,
  METRIC_COLUMNS,
  METRIC_DEMANDS,
  METRIC_QUIRKS,
  metricOf,
  metricRam,
} from "./prometheus-metrics.ts";

/** Answers of exporters to scrapes: Prometheus' text format, one scrape after the other. */
export const exposition: Format = {
  name: "exposition",
  title: "scrapes of an exporter",
  source: "while sleep 15; do date; curl -s HOST:9100/metrics; done > web01.prom",
  columns: METRIC_COLUMNS,
  step: "the loop's",
  stepSeconds: 15,
  gapSteps: 2,
  clock: "local",
  assumedZone: null,
  stamp: "instant",
  hold: "linear",
  memory: "measured",
  machines: "several",
  options: ["interval", "date-order"],
  demands: METRIC_DEMANDS,
  quirks: [
    "a scrape has the time of the line of date before it; a value may have its own, in milliseconds; without either, " +
      "--interval is the time between scrapes, which begin with a repeated metric",
    "a node's scrape does not name it: the file's name is the machine's id",
    ...METRIC_QUIRKS,
  ],
  detect,
  open: (files, context) => new SeriesStream(files, () => gather(files, context), completeMetrics),
  memoryFinder: metricRam,
};

/** Name, labels, value, and a time in milliseconds. */
const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+(-?\d+(?:\.\d+)?))?\s*$/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"\s*,?\s*/y;
const VALUE = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

function detect({ lines }: Head): Detection | null {
  const whole = lines.slice(0, -1);
  const metric = whole.findIndex((line) => metricOf(SAMPLE.exec(line)?.[1] ?? "") !== null);
  const comment = whole.findIndex((line) => /^# (?:HELP|TYPE) \w+ /.test(line));
  if (metric === -1 && comment === -1) return null;
  const line = Math.max(metric, 0) || comment;
  return {
    confidence: metric === -1 ? 0.5 : 0.9,
    reason: `line ${line + 1} is in the text format of Prometheus' exporters`,
  };
}

/** The points of one metric with one set of labels. */
interface Found {
  readonly family: Family;
  readonly name: string;
  readonly labels: Labels;
  readonly column: number;
  readonly line: number;
  readonly times: number[];
  readonly values: number[];
}

function gather(files: readonly LogFile[], context: ReadContext): SeriesTable {
  const table = new SeriesTable(METRIC_COLUMNS);
  const series = new LabelledSeries();
  const order = orderOfStamps(files, context);
  for (const file of files) {
    const scrapes = new Scrapes(file, context, order);
    const cursor = new LineCursor(file, context.report);
    eachLine(file, context, () => scrapes.read(cursor), cursor);
    for (const { family, name, labels, column, line, times, values } of scrapes.found.values()) {
      const points = { times: Float64Array.from(times), values: Float64Array.from(values) };
      series.add(family, name, labels, { column, ...points, file, line });
    }
  }
  series.settle(table, context);
  return table;
}

/** The scrapes of a file, in their order. */
class Scrapes {
  readonly found = new Map<string, Found>();
  readonly #context: ReadContext;
  readonly #clock: StampClock;
  readonly #node: string;
  /** Time of the scrape; NaN if no line has it. */
  #atUs = Number.NaN;
  /** Metrics of the current scrape so far. */
  readonly #seen = new Set<string>();
  #scrapes = 0;

  constructor(file: LogFile, context: ReadContext, order: DateOrder | null) {
    this.#context = context;
    this.#clock = new StampClock(context, order);
    this.#node = machineOf(file);
  }

  read(cursor: LineCursor): void {
    const { line } = cursor;
    const time = parseTimeLine(line);
    if (time !== null) {
      const atUs = this.#clock.at(time, cursor.place());
      if (atUs < this.#atUs) throw timeGoesBack(cursor.place(), this.#atUs - atUs);
      this.#atUs = atUs;
      this.#seen.clear();
      return;
    }
    if (line.startsWith("#")) return;
    const match = SAMPLE.exec(line);
    if (match === null) throw cursor.fault(0, "expected a metric, its labels and its value, a comment, or a time");
    const [, metric = "", labelText = "", valueText = "", ownTime] = match;
    const known = metricOf(metric);
    if (known === null) return;
    const labels = labelsOf(labelText, cursor);
    const name = known.family.nameOf(labels) ?? (known.family.key === "node" ? this.#node : undefined);
    if (name === undefined) throw cursor.fault(metric.length, `expected the label "${known.family.label}"`);
    const value = numberOf(valueText);
    if (value === null) {
      throw cursor.fault(line.lastIndexOf(valueText), `expected ${metric}, a number, found ${quote(valueText)}`);
    }
    const key = `${metric}{${labelText}}`;
    const atUs = ownTime === undefined ? this.#timeOf(key, cursor) : this.#own(ownTime);
    let found = this.found.get(key);
    if (found === undefined) {
      const { family, column } = known;
      found = { family, name, labels, column, line: cursor.lineNumber, times: [], values: [] };
      this.found.set(key, found);
    }
    found.times.push(atUs);
    found.values.push(known.inUnit(value));
  }

  /** A value's own time: milliseconds, or seconds with a fraction as in OpenMetrics. */
  #own(text: string): number {
    const number = Number(text);
    return this.#clock.at(instantStamp(Math.round(number * (number < 1e11 ? SECOND_US : 1000))), { file: "", line: 0 });
  }

  #timeOf(key: string, cursor: LineCursor): Us {
    if (this.#seen.has(key)) {
      if (!Number.isNaN(this.#atUs) && this.#scrapes === 0 && this.#context.intervalUs === null) {
        throw cursor.fault(0, "a metric comes twice at one time: two scrapes without a time between them (--interval)");
      }
      this.#seen.clear();
      this.#scrapes++;
      this.#atUs += this.#context.intervalUs ?? Number.NaN;
    }
    this.#seen.add(key);
    if (Number.isNaN(this.#atUs)) {
      if (this.#context.intervalUs === null) {
        throw cursor.fault(
          0,
          "scrapes without times: give the time between them by --interval, such as --interval 15s, or have date print one before each",
        );
      }
      this.#atUs = 0;
    }
    return this.#atUs;
  }
}

function labelsOf(text: string, cursor: LineCursor): Labels {
  const labels: Record<string, string> = {};
  for (let at = 0; at < text.length; at = LABEL.lastIndex) {
    LABEL.lastIndex = at;
    const match = LABEL.exec(text);
    if (match === null)
      throw cursor.fault(cursor.line.indexOf("{") + 1 + at, "expected a label and its value in quotes");
    labels[match[1] as string] = (match[2] as string).replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c));
  }
  return labels;
}

/** A number in an exporter's notation; NaN for infinities and NaN; null for another text. */
function numberOf(text: string): number | null {
  if (/^(?:NaN|[+-]?Inf)$/i.test(text)) return Number.NaN;
  return VALUE.test(text) && Number.isFinite(Number(text)) ? Number(text) : null;
}

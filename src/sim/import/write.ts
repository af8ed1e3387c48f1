/** Writers of traces: JSON lines as they come, or one document at the end. */
import { InputError } from "../../common/errors.ts";
import type { TraceEvent } from "../trace/types.ts";
import { type Header, type JsonObject, secondsOf } from "./header.ts";
import type { RowShape, RowSink } from "./rows.ts";

/** A writer of one trace. */
export interface TraceWriter extends RowSink {
  /** Everything has been passed on. */
  end(): void;
}

/** Writes JSON lines: the header at once, then a line for each row and event. */
export class LinesWriter implements TraceWriter {
  readonly #write: (text: string) => void;
  /** What stands before the value of each column: `,"anon":`. */
  readonly #keys: readonly string[];
  readonly #measuredKeys: readonly string[];

  /** @param write takes the text; it is never asked to take half a line */
  constructor(header: Header, shape: RowShape, write: (text: string) => void) {
    this.#write = write;
    this.#keys = shape.columns.map(({ key }) => `,${JSON.stringify(key)}:`);
    this.#measuredKeys = shape.measured.map(({ quantity }, i) => `${i > 0 ? "," : ""}${JSON.stringify(quantity)}:`);
    write(`${JSON.stringify(linesHeader(header, shape))}\n`);
  }

  row(atUs: number, values: Float64Array, measured: Float64Array): void {
    let text = `{"t":${secondsOf(atUs)}`;
    for (let i = 0; i < values.length; i++) text += (this.#keys[i] as string) + numberText(values[i] as number);
    if (measured.length > 0) {
      text += ',"measured":{';
      for (let i = 0; i < measured.length; i++) {
        text += (this.#measuredKeys[i] as string) + numberText(measured[i] as number);
      }
      text += "}";
    }
    this.#write(`${text}}\n`);
  }

  target(atUs: number, pages: number): void {
    this.#write(`{"t":${secondsOf(atUs)},"target":${pages}}\n`);
  }

  event(atUs: number, type: TraceEvent["type"], text: string, untilUs?: number): void {
    this.#write(`${JSON.stringify({ t: secondsOf(atUs), event: eventOf(type, text, untilUs) })}\n`);
  }

  end(): void {}
}

function linesHeader({ head, workload, host, measured }: Header, shape: RowShape): JsonObject {
  const rows: JsonObject = {};
  for (const { key, hold, how, from } of shape.columns) rows[key] = { ...(hold === "step" ? {} : { hold }), how, from };
  return { ...head, workloads: [workload], ...(host === null ? {} : { host }), rows, measured };
}

const eventOf = (type: string, text: string, untilUs: number | undefined): JsonObject => ({
  ...(untilUs === undefined ? {} : { until: secondsOf(untilUs) }),
  type,
  ...(text === "" ? {} : { text }),
});

/** Points of a document, which stands in memory as a whole; beyond that JSON lines are the form for it. */
const MAX_POINTS = 1_000_000;

type Point = [number, number | null];

/** Gathers a trace and writes it as one JSON document. */
export class DocumentWriter implements TraceWriter {
  readonly #header: Header;
  readonly #shape: RowShape;
  readonly #write: (text: string) => void;
  readonly #columns: Point[][];
  readonly #measured: Point[][];
  readonly #events: JsonObject[] = [];
  #points = 0;

  constructor(header: Header, shape: RowShape, write: (text: string) => void) {
    this.#header = header;
    this.#shape = shape;
    this.#write = write;
    this.#columns = shape.columns.map(() => []);
    this.#measured = shape.measured.map(() => []);
  }

  row(atUs: number, values: Float64Array, measured: Float64Array): void {
    this.#add(this.#columns, atUs, values);
    this.#add(this.#measured, atUs, measured);
  }

  target(atUs: number, pages: number): void {
    this.#columns[0]?.push([secondsOf(atUs), pages]);
    this.#points++;
  }

  event(atUs: number, type: TraceEvent["type"], text: string, untilUs?: number): void {
    this.#events.push({ at: secondsOf(atUs), ...eventOf(type, text, untilUs) });
  }

  end(): void {
    const { head, workload, host, measured } = this.#header;
    const { guest, ...rest } = head;
    const series = new Map<string, JsonObject>(
      this.#shape.columns.map(({ key, hold, how, from }, i) => [
        key,
        { points: this.#columns[i], ...(hold === "step" ? {} : { hold }), how, from },
      ]),
    );
    const pick = (key: string): JsonObject => (series.has(key) ? { [key]: series.get(key) } : {});
    const document = {
      ...rest,
      guest: { ...(guest as JsonObject), ...pick("kernelMemory") },
      workloads: [{ ...workload, ...pick("anon"), ...pick("workingSet"), ...pick("fileSet") }],
      host: host ?? pick("target"),
      ...(this.#events.length > 0 ? { events: this.#events } : {}),
      measured: measured.map((column, i) => ({ ...column, points: this.#measured[i] })),
    };
    this.#write(`${JSON.stringify(document)}\n`);
  }

  #add(lists: Point[][], atUs: number, values: Float64Array): void {
    for (let i = 0; i < lists.length; i++) {
      const value = values[i] as number;
      lists[i]?.push([secondsOf(atUs), Number.isNaN(value) ? null : value]);
    }
    this.#points += lists.length;
    if (this.#points > MAX_POINTS) {
      throw new InputError(
        `-o: the trace of this log is too long for a JSON document: give a file name that ends in .jsonl, for JSON lines`,
      );
    }
  }
}

/** A number as JSON has it; what is unknown is null. */
const numberText = (value: number): string => (Number.isNaN(value) ? "null" : `${value}`);

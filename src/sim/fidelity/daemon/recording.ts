import { InputError } from "../../../common/errors.ts";
import { lineAndColumn, parseJson } from "../../../common/json.ts";
import { describe } from "../../../common/quote.ts";
import { RECORDED_FIELDS, type RecordedField } from "../../../common/record/fields.ts";
import {
  type HostFacts,
  RECORDING_FORMAT,
  RECORDING_VERSION,
  type RecordedBalloon,
  type RecordingHeader,
} from "../../../common/record/recording.ts";
import { validateRates } from "../../../engine/index.ts";

/** A recording of `balloon-hw run --record`, as in its file. */
export interface DaemonRecording {
  readonly balloon: RecordedBalloon;
  /** Name of the machine and version of its kernel; null if unknown. */
  readonly host: Pick<HostFacts, "name" | "kernel">;
  /** The machine's monotonic clock, in seconds, per sample. */
  readonly seconds: readonly number[];
  /** The values of a column, per sample; null if the recording has no such column. */
  column(file: string, field: string): readonly number[] | null;
  /** The values of a required column. */
  need(file: string, field: string): readonly number[];
}

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Whether a text begins like a recording of the daemon. */
export const isDaemonRecording = (text: string): boolean =>
  text.startsWith(`{"format":"${RECORDING_FORMAT}"`) && /^[^\n]*"program":\{"name":"balloon-hw"/.test(text);

/**
 * Parses a recording of the daemon. A last line that is incomplete because the daemon was killed is omitted.
 * @param name of the file, for messages
 * @throws {InputError} if it is invalid, or contains two recordings
 */
export function parseDaemonRecording(text: string, name: string): DaemonRecording {
  const lines = text.split("\n");
  // The last element is empty, or an incomplete line.
  lines.pop();
  const [first = "", ...rest] = lines;
  const header = parseLine(first, `${name}:1`) as Partial<RecordingHeader>;
  if (header.version !== RECORDING_VERSION) {
    throw new InputError(`${name}:1: this program reads version ${RECORDING_VERSION} of recordings`);
  }
  const balloon = balloonOf(header, name);
  const columns = columnsOf(header, name);
  const seconds: number[] = [];
  const values: number[][] = columns.map(() => []);
  rest.forEach((line, i) => {
    const place = `${name}:${i + 2}`;
    if (line.startsWith('{"format"')) {
      throw new InputError(`${place}: another recording begins here: put it into a file of its own`);
    }
    const { m, v } = parseLine(line, place) as { m?: unknown; v?: unknown };
    if (typeof m !== "number" || !Array.isArray(v) || v.length !== columns.length) {
      throw new InputError(`${place}: expected a sample with ${columns.length} values`);
    }
    seconds.push(m);
    v.forEach((value: unknown, column) => {
      if (typeof value !== "number" && value !== null) {
        throw new InputError(`${place}: expected numbers, found ${JSON.stringify(value)}`);
      }
      // A value that could not be read is taken from the previous sample.
      values[column]?.push(value ?? values[column].at(-1) ?? 0);
    });
  });
  if (seconds.length < 3) throw new InputError(`${name}: ${seconds.length} samples are too few to compare`);
  const column = (file: string, field: string): readonly number[] | null => {
    const known = RECORDED_FIELDS.some((each) => each.file === file && each.field === field);
    if (!known) throw new RangeError(`no recording has ${file} ${field}`);
    return values[columns.indexOf(`${file} ${field}`)] ?? null;
  };
  return {
    balloon,
    host: { name: textOrNull(header.host?.name), kernel: textOrNull(header.host?.kernel) },
    seconds,
    column,
    need(file, field) {
      const found = column(file, field);
      if (found === null) throw new InputError(`${name}:1: the recording has no column ${field} of ${file}`);
      return found;
    },
  };
}

/** `FILE FIELD` of each column. */
function columnsOf({ columns }: Partial<RecordingHeader>, name: string): string[] {
  const isColumn = (one: Partial<RecordedField> | null) =>
    typeof one?.file === "string" && typeof one.field === "string";
  if (!Array.isArray(columns) || !columns.every(isColumn)) {
    throw new InputError(`${name}:1: $.columns: expected the file and the field of each column`);
  }
  return columns.map(({ file, field }: RecordedField) => `${file} ${field}`);
}

function balloonOf({ balloon }: Partial<RecordingHeader>, name: string): RecordedBalloon {
  if (balloon === undefined || balloon === null) {
    throw new InputError(`${name}:1: expected the settings of the balloon ("balloon")`);
  }
  for (const key of ["floorPages", "psiLimit"] as const) {
    const value: unknown = balloon[key];
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) continue;
    throw new InputError(`${name}:1: $.balloon.${key}: expected a number, found ${describe(value)}`);
  }
  if (typeof balloon.rates !== "object" || balloon.rates === null) {
    throw new InputError(`${name}:1: $.balloon.rates: expected an object, found ${describe(balloon.rates)}`);
  }
  try {
    validateRates(balloon.rates);
  } catch (error) {
    throw new InputError(`${name}:1: $.balloon.rates: ${(error as Error).message}`);
  }
  return balloon;
}

function parseLine(line: string, place: string): object {
  const parsed = parseJson(line);
  if (!parsed.ok) {
    throw new InputError(`${place}:${lineAndColumn(line, parsed.fault.offset).column}: ${parsed.fault.message}`);
  }
  if (typeof parsed.value === "object" && parsed.value !== null) return parsed.value;
  throw new InputError(`${place}: expected an object`);
}

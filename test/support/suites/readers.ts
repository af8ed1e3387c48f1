/** What every reader of a format has to do, whatever the format: `describeReader` runs it on the format's own fixture. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { InputFile } from "../../../src/common/files/input-file.ts";
import { parseTime } from "../../../src/common/units.ts";
import { WallClock } from "../../../src/sim/import/clock/zone.ts";
import { detectFormat, headOf } from "../../../src/sim/import/detect.ts";
import { FORMATS } from "../../../src/sim/import/formats/index.ts";
import { Log } from "../../../src/sim/import/log.ts";
import { MemoryFile } from "../../../src/sim/import/memory-file.ts";
import { type Format, type ReadContext, Sample } from "../../../src/sim/import/reader.ts";
import { Report } from "../../../src/sim/import/report.ts";
import { validateText } from "../../../src/sim/trace/read.ts";
import { type AllOptions, importFiles, importTexts, logFiles, type NamedText } from "../in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../processes/command.ts";

const FIXTURES = join(ROOT, "test/sim/import/fixtures");
const GOLDEN = join(ROOT, "test/sim/import/golden");

/** A line of the fixture, damaged. */
export interface Damage {
  /** Line from 1, and what of it is replaced by what. */
  readonly line: number;
  readonly from: string | RegExp;
  readonly to: string;
  /** Column from 1 that the message has to name; null for what is wrong with a line as a whole. */
  readonly column: number | null;
  /** What the message has to say. */
  readonly says: RegExp;
}

/** What `describeReader` needs to know of a format's fixture. */
export interface ReaderCase {
  /** File in the folder of the format below `test/sim/import/fixtures`. */
  readonly fixture: string;
  /** What the log does not say and the import needs. */
  readonly options?: AllOptions;
  /** Its machines with samples, by id, and how many samples each has. */
  readonly machines: Readonly<Record<string, number>>;
  /** Whether some known column has a value missing somewhere, which has to stay missing. */
  readonly hasMissing: boolean;
  readonly damages: readonly Damage[];
  /** The fixture with its records repeated `times` over, as a longer log would have them; absent for formats in one piece. */
  readonly grow?: (text: string, times: number) => string;
}

const CUTS = 60;

/** Runs the conformance suite on a reader: a golden file of its output, and what holds for any log. */
export function describeReader(format: Format, given: ReaderCase): void {
  const name = given.fixture;
  const text = readFileSync(join(FIXTURES, format.name, name), "latin1");
  const options = given.options ?? {};
  const directory = scratchDirectory();
  const bytesOf = (content: string): NamedText => ({ name, text: Buffer.from(content, "latin1") });
  const importText = (content: string, more: AllOptions = {}) =>
    importTexts(directory, [bytesOf(content)], { ...options, ...more });
  /** What an import comes to: null, or what it is refused with. Anything else than a refusal fails the test. */
  const refusal = async (content: string, more: AllOptions = {}): Promise<string | null> => {
    try {
      await importText(content, more);
      return null;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error.message;
    }
  };

  describe(`the reader of ${format.title}, on ${name}`, () => {
    it("is the only one that detects the fixture", () => {
      for (const folder of readdirSync(FIXTURES, { withFileTypes: true })) {
        if (!folder.isDirectory()) continue;
        for (const file of readdirSync(join(FIXTURES, folder.name))) {
          const head = headOf(new InputFile(join(FIXTURES, folder.name, file)));
          const detection = format.detect(head);
          const others = FORMATS.filter((other) => other !== format).map(
            (other) => other.detect(head)?.confidence ?? 0,
          );
          const wins = detection !== null && others.every((confidence) => confidence < detection.confidence);
          expect(wins, `${folder.name}/${file}`).toBe(folder.name === format.name);
        }
      }
      const [file] = logFiles(directory, [bytesOf(text)]) as [InputFile];
      expect(detectFormat([file], FORMATS, null).reason).not.toBe("");
    });

    it("refuses the fixture where --from names another format", async () => {
      for (const other of FORMATS.filter((each) => each !== format)) {
        const message = await refusal(text, { from: other.name });
        expect(message, other.name).not.toBeNull();
      }
    });

    it("writes the trace of the golden file", async () => {
      const { traces, remarks } = await importText(text);
      const stem = name.replace(/\.\w+$/, "");
      for (const [id, trace] of traces) {
        const file = traces.size === 1 ? stem : `${stem}.${id.replace(/[^\w.-]+/g, "_")}`;
        await expect(trace).toMatchFileSnapshot(join(GOLDEN, format.name, `${file}.jsonl`));
      }
      await expect(`${remarks.join("\n")}\n`).toMatchFileSnapshot(join(GOLDEN, format.name, `${stem}.remarks.txt`));
    });

    it("writes the same from memory as from a disk, also in UTF-16", async () => {
      for (const bytes of [Buffer.from(text, "latin1"), Buffer.from(`\ufeff${text}`, "utf16le")]) {
        const onDisk = await importTexts(directory, [{ name, text: bytes }], options);
        const inMemory = await importFiles([new MemoryFile(name, bytes)], options);
        expect(inMemory).toEqual(onDisk);
      }
    });

    it("writes traces that are valid, the same each time", async () => {
      const first = await importText(text);
      const again = await importText(text);
      expect([...again.traces]).toEqual([...first.traces]);
      for (const [id, trace] of first.traces) expect(validateText(trace, id)).toEqual([]);
    });

    it("finds its machines and samples", async () => {
      const log = await Log.survey(logFiles(directory, [bytesOf(text)]), FORMATS, options, async () => {});
      const found = Object.fromEntries(
        log.machines.map(({ machine, samples, duplicates }) => [machine.id, samples + duplicates]),
      );
      expect(found).toEqual(given.machines);
    });

    it("reads the same behind a byte order mark, with carriage returns", () => {
      const samples = (content: string) => allSamples(format, options, logFiles(directory, [bytesOf(content)])).values;
      const windows = `\u00ef\u00bb\u00bf${text.replace(/\r?\n/g, "\r\n")}`;
      expect(samples(windows)).toEqual(samples(text));
    });

    it("declares every column with unit and provenance", () => {
      const declared = new Set(format.columns.map(({ quantity, unit, how }) => `${quantity} ${unit} ${how}`));
      for (const { columns } of allSamples(format, options, logFiles(directory, [bytesOf(text)])).machines) {
        for (const { quantity, unit, how, field } of columns) {
          expect(declared).toContain(`${quantity} ${unit} ${how}`);
          expect(field).not.toBe("");
        }
      }
    });

    it("keeps values unknown that the source does not have", async () => {
      const { values } = allSamples(format, options, logFiles(directory, [bytesOf(text)]));
      const missing = [...values.values()].filter((value) => Number.isNaN(value)).length;
      expect(missing > 0).toBe(given.hasMissing);
      const { traces } = await importText(text);
      for (const trace of traces.values()) expect(trace).not.toMatch(/NaN|undefined|Infinity/);
      if (given.hasMissing) expect([...traces.values()].join("")).toContain(":null");
    });

    it.each(given.damages)("names file, line and column of damage: $says", async ({ line, from, to, column, says }) => {
      const lines = text.split("\n");
      const whole = lines[line - 1] as string;
      lines[line - 1] = whole.replace(from, to);
      expect(lines[line - 1]).not.toBe(whole);
      const message = await refusal(lines.join("\n"));
      expect(message?.startsWith(`${name}:${line}:${column === null ? "" : `${column}:`} `), `${message}`).toBe(true);
      expect(message).toMatch(says);
    });

    it("invents no values where the log is cut short at a line", async () => {
      const whole = allSamples(format, options, logFiles(directory, [bytesOf(text)])).values;
      const lines = text.split("\n");
      // Every line of short fixtures, enough of long ones.
      const step = Math.max(1, Math.floor(lines.length / CUTS));
      for (let count = 0; count < lines.length; count += step) {
        const cut = lines.slice(0, count).join("\n") + (count > 0 ? "\n" : "");
        if (cut === "") continue;
        await refusal(cut);
        expectSubset(format, options, logFiles(directory, [bytesOf(cut)]), whole);
      }
    });

    it("invents no values where the log is cut short anywhere", async () => {
      const whole = allSamples(format, options, logFiles(directory, [bytesOf(text)])).values;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: text.length - 1 }), async (length) => {
          const cut = text.slice(0, length);
          await refusal(cut);
          expectSubset(format, options, logFiles(directory, [bytesOf(cut)]), whole);
        }),
        { numRuns: CUTS },
      );
    });

    it("throws nothing but InputError for any damage", async () => {
      const edit = fc.record({ at: fc.nat(text.length - 1), drop: fc.nat(12), put: fc.string({ maxLength: 8 }) });
      await fc.assert(
        fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.boolean(), async (edits, isSkipping) => {
          let damaged = text;
          for (const { at, drop, put } of edits) damaged = damaged.slice(0, at) + put + damaged.slice(at + drop);
          if (damaged !== "") await refusal(damaged, isSkipping ? { damaged: "skip" } : {});
        }),
        { numRuns: CUTS },
      );
    });

    const { grow } = given;
    if (grow !== undefined) {
      it("reads a long log piece by piece", () => {
        const long = grow(text, Math.ceil((8 * 1024 * 1024) / text.length));
        const [file] = logFiles(directory, [bytesOf(long)]) as [InputFile];
        const stream = format.open([file], contextOf(format, options));
        const sample = new Sample();
        let ahead = 0;
        let last = 0;
        while (stream.next(sample)) {
          ahead = Math.max(ahead, stream.bytesRead - last);
          last = stream.bytesRead;
        }
        stream.close();
        expect(last).toBe(file.bytes);
        // Never more at a time than a buffer holds, or one record.
        expect(ahead).toBeLessThanOrEqual(Math.max(1 << 20, text.length));
      });
    }
  });
}

function contextOf(format: Format, options: AllOptions): ReadContext {
  const report = new Report();
  return {
    report,
    wants: () => true,
    names: () => false,
    host: null,
    unit: options.unit ?? null,
    dateOrder: null,
    intervalUs: options.interval === undefined ? null : parseTime(options.interval),
    wallClock: (zone: string | null) =>
      new WallClock({ name: zone ?? format.assumedZone ?? "UTC", source: "assumed" }, report),
    damaged: (fault: InputError): void => {
      throw fault;
    },
  };
}

/** Every value of every sample, by machine, time, column and, where samples have the same time, their number. */
function allSamples(format: Format, options: AllOptions, files: readonly InputFile[]) {
  const values = new Map<string, number>();
  const stream = format.open(files, contextOf(format, options));
  const sample = new Sample();
  const seen = new Map<string, number>();
  try {
    while (stream.next(sample)) {
      const { machine, atUs, isOff } = sample;
      const stamp = `${machine.id} ${atUs}`;
      const number = (seen.get(stamp) ?? 0) + 1;
      seen.set(stamp, number);
      machine.columns.forEach(({ quantity, field }, i) => {
        values.set(`${stamp} ${number} ${quantity} ${field} ${isOff}`, sample.values[i] as number);
      });
    }
  } finally {
    stream.close();
  }
  return { values, machines: stream.machines };
}

/** What is read of a part of a log is what is read of all of it, or is unknown. */
function expectSubset(
  format: Format,
  options: AllOptions,
  files: readonly InputFile[],
  whole: ReadonlyMap<string, number>,
): void {
  let part: ReadonlyMap<string, number>;
  try {
    part = allSamples(format, options, files).values;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return;
  }
  for (const [key, value] of part) {
    if (Number.isNaN(value)) continue;
    expect(whole.get(key), key).toBe(value);
  }
}

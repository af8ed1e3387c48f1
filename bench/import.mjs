// The speed of the import of logs, relative to csv-parse, which only parses the same file; and its peak memory, also
// for a log of four times the length, which must succeed with a small heap. Less than half of csv-parse's speed is a
// failure.
import { spawnSync } from "node:child_process";
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse";
import { InputFile } from "../dist/common/files/input-file.js";
import { FORMATS as IMPORTED } from "../dist/sim/import/formats/index.js";
import { Log } from "../dist/sim/import/log.js";
import { LinesWriter } from "../dist/sim/import/write.js";
import { median } from "./measure.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const fixtures = join(root, "test/sim/import/fixtures");
const MIB = 1 << 20;
const LEAST_RATIO = 0.5;
/** Heap for a log of any length, in MiB. */
const HEAP_MIB = 32;

/** Time stamps of consecutive rows, each `step` seconds after the previous one. */
const two = (n) => String(n).padStart(2, "0");
const dateOf = (seconds) => {
  const date = new Date(seconds * 1000);
  return {
    day: [two(date.getUTCDate()), two(date.getUTCMonth() + 1), String(date.getUTCFullYear())],
    time: `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`,
  };
};

/** CSV formats: the fixture whose rows are repeated, and how a row gets its own time. */
const FORMATS = [
  {
    format: "bitbrains",
    fixture: "bitbrains/17.csv",
    csv: { delimiter: ";\t" },
    headers: 1,
    stamp: (row, i) => row.replace(/^\d+/, String(1_400_000_000 + i * 300)),
  },
  {
    format: "materna",
    fixture: "materna/03.csv",
    csv: { delimiter: "," },
    headers: 1,
    options: { tz: "UTC" },
    stamp(row, i) {
      const { day, time } = dateOf(1_400_000_000 + i * 300);
      return row.replace(/^"[^"]*"/, `"${day.join(".")} ${time}"`);
    },
  },
  {
    format: "esxtop",
    fixture: "esxtop/capture.csv",
    csv: { delimiter: "," },
    headers: 1,
    options: { vm: ["web01"] },
    stamp(row, i) {
      const { day, time } = dateOf(1_400_000_000 + i * 5);
      return row.replace(/^"[^"]*"/, `"${day[1]}/${day[0]}/${day[2]} ${time}"`);
    },
  },
  {
    format: "alibaba",
    fixture: "alibaba/machine_usage.csv",
    csv: { delimiter: "," },
    headers: 0,
    options: { vm: ["m_1"], memory: "64GiB" },
    stamp: (row, i) => row.replace(/^m_\d+,\d+/, `m_1,${i * 10}`),
  },
];

/** Writes a log of about `bytes` bytes. */
function writeLog(path, { fixture, headers, stamp }, bytes) {
  // csv-parse reads neither a corrupt header nor mixed line ends.
  const text = readFileSync(join(fixtures, fixture), "utf8")
    .replace(/\r/g, "")
    .replace(/, +-?"/g, ',"');
  const lines = text.trimEnd().split("\n");
  const rows = lines.slice(headers);
  const fd = openSync(path, "w");
  writeSync(fd, lines.slice(0, headers).join("\n") + (headers > 0 ? "\n" : ""));
  for (let i = 0, written = 0; written < bytes; ) {
    let text = "";
    for (let k = 0; k < rows.length; k++, i++) text += `${stamp(rows[k], i)}\n`;
    written += writeSync(fd, text);
  }
  closeSync(fd);
}

/** Processor time, which other load affects less than elapsed time. */
const seconds = async (work) => {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
};

async function parseWithCsvParse(path, options) {
  let records = 0;
  for await (const _ of createReadStream(path).pipe(parse(options))) records++;
  return records;
}

const noPace = async () => {};

/** Imports a log of one machine into a file, like the command. */
export async function importInto(output, path, options) {
  const log = await Log.survey([new InputFile(path)], IMPORTED, options, noPace);
  const [trace] = log.plan(log.machines, options, "0");
  const fd = openSync(output, "w");
  let text = "";
  const flush = async () => {
    writeSync(fd, text);
    text = "";
  };
  const writer = new LinesWriter(trace.header, trace.shape, (piece) => {
    text += piece;
  });
  await log.write([{ ...trace, writer }], flush);
  await flush();
  closeSync(fd);
}

/** Peak memory of a process that imports a log with a small heap, in MiB; null if that heap is too small. */
function peakMemory(path, options, output) {
  const script = `const { importInto } = await import(${JSON.stringify(import.meta.url)});
    await importInto(${JSON.stringify(output)}, ${JSON.stringify(path)}, ${JSON.stringify(options)});
    console.log(process.resourceUsage().maxRSS / 1024);`;
  const args = [`--max-old-space-size=${HEAP_MIB}`, "--input-type=module", "-e", script];
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return status === 0 ? Number(stdout) : null;
}

/**
 * Measures the import.
 * @param smoke whether to measure only a little, as a test
 */
export async function measure(smoke) {
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  const size = (smoke ? 2 : 32) * MIB;
  const repeats = smoke ? 1 : 3;
  const output = join(directory, "trace.jsonl");
  const rows = [];
  try {
    for (const each of FORMATS) {
      const path = join(directory, "1.csv");
      writeLog(path, each, size);
      const options = each.options ?? {};
      const times = { csvParse: [], import: [] };
      for (let i = 0; i < repeats; i++) {
        times.csvParse.push(await seconds(() => parseWithCsvParse(path, each.csv)));
        times.import.push(await seconds(() => importInto(output, path, options)));
      }
      const bytes = statSync(path).size;
      const row = {
        format: each.format,
        mebibytes: bytes / MIB,
        seconds: median(times.import),
        mebibytesPerSecond: bytes / MIB / median(times.import),
        timesCsvParse: median(times.csvParse) / median(times.import),
      };
      if (!smoke) {
        row.peakMebibytes = peakMemory(path, options, output);
        writeLog(path, each, 4 * size);
        row.peakMebibytesOfFourfold = peakMemory(path, options, output);
      }
      rows.push(row);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  return rows;
}

/** Whether the measurements keep the limits. Small logs mainly measure the start of the program and are not checked. */
export function isGood(rows) {
  return rows.every(
    ({ timesCsvParse, peakMebibytes, peakMebibytesOfFourfold }) =>
      peakMebibytes === undefined ||
      (timesCsvParse >= LEAST_RATIO && peakMebibytes !== null && peakMebibytesOfFourfold !== null),
  );
}

const mebibytes = (amount) => (amount === null ? `more than a heap of ${HEAP_MIB} MiB` : `${amount.toFixed(0)} MiB`);

/** The results as lines of text. */
export function lines(rows) {
  const each = rows.map((row) => {
    const memory =
      row.peakMebibytes === undefined
        ? ""
        : `, ${mebibytes(row.peakMebibytes)} of memory, ${mebibytes(row.peakMebibytesOfFourfold)} for four times the log`;
    return (
      `  ${row.format.padEnd(12)} ${row.mebibytes.toFixed(0)} MiB in ${row.seconds.toFixed(2)} s, ` +
      `${row.mebibytesPerSecond.toFixed(0)} MiB/s, ${row.timesCsvParse.toFixed(2)} times as fast as csv-parse alone${memory}`
    );
  });
  return ["import of logs", ...each];
}

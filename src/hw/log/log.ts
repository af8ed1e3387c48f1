import { fstatSync, writeSync } from "node:fs";
import { isSystemError } from "../../common/system-error.ts";
import type { LogFormat } from "../settings/settings.ts";

/** Figures and names of an entry, for programs; the message is for people. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** The daemon's log. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A log that counts lost lines. */
export interface CountingLog extends Log {
  /** Lines that could not be written. */
  readonly lost: number;
}

/** Whether a write of one line to a descriptor would not block. */
export type IsWritable = (fd: number) => boolean;

/**
 * A log on standard error. Writing a line never fails or ends the daemon: a line that can't be written is counted. Nor does it block
 * on a pipe or a socket, such as the journal's; on a file it waits for the file system.
 */
export async function openLog(format: LogFormat, isWritable: IsWritable = () => true): Promise<CountingLog> {
  const sink = new Sink(isWritable);
  return format === "json" ? jsonLog(sink) : new TextLog(sink, isJournal(process.env.JOURNAL_STREAM));
}

const STDERR = 2;

/** Standard error, line by line. */
class Sink {
  readonly #isWritable: IsWritable;
  /** Lines that could not be written. */
  lost = 0;
  #untold = 0;

  constructor(isWritable: IsWritable) {
    this.#isWritable = isWritable;
  }

  /** @param tellLost formats the line that reports the number of lines lost before this one */
  write(line: string, tellLost: (count: number) => string): void {
    if (this.#untold > 0 && this.#tryToWrite(tellLost(this.#untold))) this.#untold = 0;
    if (this.#untold === 0 && this.#tryToWrite(line)) return;
    this.lost++;
    this.#untold++;
  }

  #tryToWrite(line: string): boolean {
    try {
      // The reader of a pipe may have stopped reading, and a full disk accepts a part of a line.
      if (!this.#isWritable(STDERR)) return false;
      const bytes = Buffer.from(`${line}\n`);
      return writeSync(STDERR, bytes) === bytes.length;
    } catch (error) {
      if (isSystemError(error)) return false;
      throw error;
    }
  }
}

const lostText = (count: number): string =>
  `${count} ${count === 1 ? "line" : "lines"} of the log could not be written`;

/**
 * Whether standard error is the journal: the service manager sets a variable to the device and inode of that stream
 * (systemd.exec(5)), and a process that is started with another stream inherits the variable nevertheless.
 */
function isJournal(stream: string | undefined): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(2, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch (error) {
    // Standard error is closed.
    if (isSystemError(error)) return false;
    throw error;
  }
}

/** Priorities of sd-daemon(3): the journal removes them from the line, and adds its own time. */
const PRIORITY = { info: 6, warn: 4, error: 3 } as const;
type Level = keyof typeof PRIORITY;

/** One line per entry: with its priority for the journal, else with the time of day. */
class TextLog implements CountingLog {
  readonly #sink: Sink;
  readonly #isJournal: boolean;

  constructor(sink: Sink, isJournal: boolean) {
    this.#sink = sink;
    this.#isJournal = isJournal;
  }

  get lost(): number {
    return this.#sink.lost;
  }

  info(message: string): void {
    this.#write("info", message);
  }

  warn(message: string): void {
    this.#write("warn", message);
  }

  error(message: string): void {
    this.#write("error", message);
  }

  #write(level: Level, message: string): void {
    this.#sink.write(this.#line(level, message), (count) => this.#line("warn", lostText(count)));
  }

  #line(level: Level, message: string): string {
    if (this.#isJournal) return `<${PRIORITY[level]}>${message}`;
    const mark = level === "info" ? "" : `${level === "warn" ? "warning" : "error"}: `;
    return `${new Date().toISOString().slice(0, 19)}Z ${mark}${message}`;
  }
}

/** One JSON object per line. The package is loaded only for this format. */
async function jsonLog(sink: Sink): Promise<CountingLog> {
  const { pino } = await import("pino");
  const options = {
    base: { program: "balloon-hw", pid: process.pid },
    messageKey: "message",
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
  };
  // pino's own destination retries a full disk for ever, and ends the process if standard error can't be written.
  const lines: string[] = [];
  const lostLogger = pino(options, { write: (line) => lines.push(line.trimEnd()) });
  const tellLost = (count: number): string => {
    lostLogger.warn({ event: "log_lost", count }, lostText(count));
    return lines.pop() ?? "";
  };
  const logger = pino(options, { write: (line) => sink.write(line.trimEnd(), tellLost) });
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    get lost() {
      return sink.lost;
    },
  };
}

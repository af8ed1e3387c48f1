import { fstatSync } from "node:fs";
import { warn } from "../../common/cli/output.ts";
import { isSystemError } from "../../common/system-error.ts";
import type { LogFormat } from "../settings/settings.ts";

/** What an entry says in numbers and names, for programs; the message says it for people. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** The daemon's log. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A log on standard error. */
export async function openLog(format: LogFormat): Promise<Log> {
  return format === "json" ? jsonLog() : new TextLog(isJournal(process.env.JOURNAL_STREAM));
}

/**
 * Whether standard error is the journal's: the service manager names that stream by device and inode (systemd.exec(5)),
 * and whoever is started with another one inherits the name all the same.
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

/** Priorities of sd-daemon(3): the journal takes them off a line and keeps its own time. */
const PRIORITY = { info: 6, warn: 4, error: 3 } as const;
type Level = keyof typeof PRIORITY;

/** A line an entry: for the journal with its priority, else with the time of day. */
class TextLog implements Log {
  readonly #isJournal: boolean;

  constructor(isJournal: boolean) {
    this.#isJournal = isJournal;
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
    const mark = level === "info" ? "" : `${level === "warn" ? "warning" : "error"}: `;
    if (this.#isJournal) warn(`<${PRIORITY[level]}>${message}`);
    else warn(`${new Date().toISOString().slice(0, 19)}Z ${mark}${message}`);
  }
}

/** An object a line. The package is loaded only where somebody wants this. */
async function jsonLog(): Promise<Log> {
  const { pino } = await import("pino");
  const logger = pino(
    {
      base: { program: "balloon-hw", pid: process.pid },
      messageKey: "message",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    // Entries are rare, and the last one says why the daemon ends: none may be lost.
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}

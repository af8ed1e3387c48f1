import { print, warn } from "../../common/cli/output.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { type Machine, openMachine } from "../../common/record/machine.ts";
import { type RecordingProgress, record, SYSTEM_CLOCK } from "../../common/record/recorder.ts";
import { RecordingFile } from "../../common/record/recording-file.ts";
import { formatTime, type Us } from "../../common/units.ts";
import { checkOutput } from "./input-files.ts";

/** Options of `record`, as the command line has them. */
export interface RecordCommandOptions {
  readonly output?: string;
  /** Time between samples, in microseconds. */
  readonly every: Us;
  /** When to end, in microseconds from the beginning. */
  readonly for?: Us;
  readonly vmmemctl?: string;
  readonly proc: string;
  readonly quiet?: true;
}

/** Interval in which the status on a terminal changes. */
const STATUS_EVERY_US = 1_000_000;

/** Executes `balloon-sim record`: until the time is over, or a signal. */
export async function recordMachine(options: RecordCommandOptions, version: string): Promise<void> {
  const { every: everyUs, for: forUs = Number.POSITIVE_INFINITY } = options;
  checkOutput(options.output, options.vmmemctl === undefined ? [] : [{ option: "--vmmemctl", path: options.vmmemctl }]);
  const machine = openMachine({ proc: options.proc, vmmemctl: options.vmmemctl ?? null });
  const file = options.output === undefined || options.output === "-" ? null : new RecordingFile(options.output);
  sayWhatIsMissing(machine);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, end);
  const status = new Status(file, options.quiet === true);
  try {
    await record({
      machine,
      clock: SYSTEM_CLOCK,
      program: { name: "balloon-sim", version },
      everyUs,
      forUs,
      signal: ending.signal,
      write: (line) => (file === null ? print(line) : file.write(line)),
      onSample: (progress) => status.show(progress),
      onChange: (path, why) => {
        status.clear();
        warn(`balloon-sim: ${escapeUnsafe(path)}: ${why === null ? "can be read again" : `${why}: left out for now`}`);
      },
    });
  } finally {
    status.end();
    for (const signal of signals) process.removeListener(signal, end);
    for (const source of machine.sources) source.close();
    file?.close();
  }
}

function sayWhatIsMissing({ missing }: Machine): void {
  if (missing.length === 0) return;
  const list = missing.map(({ path, why }) => `${escapeUnsafe(path)} (${why})`).join(", ");
  warn(`balloon-sim: not recorded, because the file is missing: ${list}`);
}

/** A line on a terminal that shows the progress of a recording into a file. */
class Status {
  readonly #file: RecordingFile | null;
  readonly #isVisible: boolean;
  #isShown = false;
  #lastUs = Number.NEGATIVE_INFINITY;
  #last: RecordingProgress | null = null;

  constructor(file: RecordingFile | null, isQuiet: boolean) {
    this.#file = file;
    this.#isVisible = file !== null && !isQuiet && process.stderr.isTTY === true;
  }

  show(progress: RecordingProgress): void {
    this.#last = progress;
    if (!this.#isVisible || progress.elapsedUs - this.#lastUs < STATUS_EVERY_US) return;
    this.#lastUs = progress.elapsedUs;
    this.#isShown = true;
    process.stderr.write(`\r${this.#text(progress)}; Ctrl-C ends the recording\u001b[K`);
  }

  clear(): void {
    if (this.#isShown) process.stderr.write("\r\u001b[K");
    this.#isShown = false;
  }

  /** Ends the line, so that it stays on the terminal. */
  end(): void {
    this.clear();
    if (this.#isVisible && this.#last !== null) process.stderr.write(`${this.#text(this.#last)}\n`);
  }

  #text({ elapsedUs, samples, missed }: RecordingProgress): string {
    const seconds = formatTime(Math.floor(elapsedUs / 1e6) * 1e6);
    const size = ((this.#file?.bytes ?? 0) / 1024).toFixed(0);
    return `${seconds}: ${samples} ${samples === 1 ? "sample" : "samples"}${missed > 0 ? `, ${missed} missed` : ""}, ${size} KiB`;
  }
}

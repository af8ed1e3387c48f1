import { version } from "../../common/cli/command-line.ts";
import { RECORDED_FIELDS } from "../../common/record/fields.ts";
import { DEFAULT_PROC, type Machine, openMachine } from "../../common/record/machine.ts";
import { record, SYSTEM_CLOCK } from "../../common/record/recorder.ts";
import { RECORDING_FORMAT, type RecordedBalloon } from "../../common/record/recording.ts";
import type { Source } from "../../common/record/source.ts";
import type { EngineState } from "../../engine/index.ts";
import type { Log } from "../log/log.ts";
import type { FilePort } from "./files/file-port.ts";
import type { FileWatch } from "./files/file-watch.ts";
import { LineFile } from "./files/line-file.ts";

const EVERY_US = 1_000_000;
/**
 * Samples are half a second after whole seconds, at which cycles begin: a sample shows the result of the cycle before
 * it.
 */
const OFFSET_US = 500_000;

/** The figures of vmmemctl in a recording, and the engine's fields for them. */
const FROM_ENGINE: Readonly<Record<string, keyof EngineState>> = {
  target: "target",
  current: "size",
  rateNoSleepAlloc: "nosleepAllocMax",
  rateSleepAlloc: "rateAlloc",
  rateFree: "rateFree",
};

/** The balloon's part of a recording, read from the engine instead of the kernel's driver. */
export function engineSource(state: () => Readonly<EngineState>): Source {
  const fields = RECORDED_FIELDS.filter(({ file }) => file === "vmmemctl");
  const keys = fields.map(({ field }) => FROM_ENGINE[field] as keyof EngineState);
  return {
    path: "balloon-hw",
    fields,
    sample(values, at) {
      const now = state();
      keys.forEach((key, i) => {
        values[at + i] = now[key];
      });
      return null;
    },
    close() {},
  };
}

/** Contents and file of a recording of the daemon. */
export interface RecordingOptions {
  readonly path: string;
  /** Most bytes of the file and of the one before it, which has the suffix `.1`. */
  readonly limitBytes: number;
  readonly state: () => Readonly<EngineState>;
  /** Of a dry run: it has no balloon, so the recording is none of the daemon that `fidelity` could compare. */
  readonly isDry?: boolean;
  /** The balloon's present parameters and limits. */
  readonly settings: () => RecordedBalloon;
  readonly log: Log;
  readonly watch: FileWatch;
  readonly files?: FilePort;
  /** Receives the reason when the recording ends without a call of `end`. */
  readonly failed: (error: unknown) => void;
}

/**
 * A recording beside the daemon. A failure of the recording does not end the daemon. Samples for which there is no room while the file
 * system does not answer are lost; another header follows them.
 */
export class Recording {
  readonly #file: LineFile;
  readonly #machine: Machine;
  readonly #balloon: () => RecordedBalloon;
  readonly #isDry: boolean;
  readonly #log: Log;
  readonly #done: Promise<void>;
  #isEnding = false;
  #stretch = new AbortController();

  /** @throws {InputError} if the file can't be written, or is not a recording */
  static async open(options: RecordingOptions): Promise<Recording> {
    let recording: Recording | null = null;
    const anew = (): void => recording?.describeAnew();
    const { path, limitBytes, watch, files, failed } = options;
    const file = await LineFile.open({
      ...{ path, limitBytes, watch, failed, ...(files && { files }) },
      ...{ option: "--record", head: `{"format":"${RECORDING_FORMAT}"`, firstLine: null },
      lack: "is no recording that could be continued",
      begins: anew,
      gap: anew,
    });
    try {
      recording = new Recording(file, options);
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    return recording;
  }

  private constructor(file: LineFile, { state, settings, isDry = false, log, failed }: RecordingOptions) {
    this.#file = file;
    this.#isDry = isDry;
    this.#machine = openMachine({ proc: DEFAULT_PROC, vmmemctl: null, balloon: engineSource(state) });
    this.#balloon = settings;
    this.#log = log;
    this.#done = this.#run(failed).finally(() => {
      for (const source of this.#machine.sources) source.close();
      return this.#file.close();
    });
    // `end` reports a failure.
    this.#done.catch(() => {});
  }

  /** Writes a new header before further samples: the balloon's parameters or limits have changed, or another file begins. */
  describeAnew(): void {
    this.#stretch.abort();
  }

  /**
   * Ends the recording after the sample in progress. Does not settle while the file system does not answer.
   * @throws {RunError} if the last samples can't be written
   */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#stretch.abort();
    await this.#done;
  }

  async #run(failed: (error: unknown) => void): Promise<void> {
    try {
      while (!this.#isEnding) {
        this.#stretch = new AbortController();
        await this.#record(this.#stretch.signal);
      }
    } catch (error) {
      failed(error);
    }
  }

  async #record(signal: AbortSignal): Promise<void> {
    const nextSecond = Math.ceil(SYSTEM_CLOCK.monotonicUs() / EVERY_US) * EVERY_US;
    await SYSTEM_CLOCK.sleepUntil(nextSecond + OFFSET_US, signal);
    await record({
      machine: this.#machine,
      clock: SYSTEM_CLOCK,
      program: { name: this.#isDry ? "balloon-hw-dry-run" : "balloon-hw", version: version() },
      ...(this.#isDry ? {} : { balloon: this.#balloon() }),
      everyUs: EVERY_US,
      forUs: Number.POSITIVE_INFINITY,
      signal,
      // A header can fill a file: the sample after it belongs to no header of the next file, whose stretch has its own.
      write: (line) => signal.aborted || this.#file.write(line),
      onSample: () => {},
      onChange: (path, why) => {
        const what = why === null ? "can be read again" : `${why}: left out of the recording for now`;
        this.#log.warn(`${path}: ${what}`, { event: "recording" });
      },
    });
  }
}

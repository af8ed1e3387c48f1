import { version } from "../../common/cli/command-line.ts";
import { RECORDED_FIELDS } from "../../common/record/fields.ts";
import { DEFAULT_PROC, openMachine } from "../../common/record/machine.ts";
import { record, SYSTEM_CLOCK } from "../../common/record/recorder.ts";
import { RecordingFile } from "../../common/record/recording-file.ts";
import type { Source } from "../../common/record/source.ts";
import type { EngineState } from "../../engine/index.ts";
import type { Log } from "../log/log.ts";

const EVERY_US = 1_000_000;
/** Cycles begin on whole seconds; between two of them a sample shows what the first has done. */
const OFFSET_US = 500_000;

/** The figures that a recording takes from vmmemctl, and where the engine has them. */
const FROM_ENGINE: Readonly<Record<string, keyof EngineState>> = {
  target: "target",
  current: "size",
  rateNoSleepAlloc: "nosleepAllocMax",
  rateSleepAlloc: "rateAlloc",
  rateFree: "rateFree",
};

/** The balloon's part of a recording, from the engine instead of the kernel's driver. */
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

/** A recording that goes on beside the daemon. What ends it does not end the daemon. */
export class Recording {
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;

  /** @throws {InputError} where there is no writing, or something else than a recording */
  constructor(path: string, state: () => Readonly<EngineState>, log: Log) {
    const machine = openMachine({ proc: DEFAULT_PROC, vmmemctl: null, balloon: engineSource(state) });
    const file = new RecordingFile(path, "--record");
    this.#done = this.#run(machine, file, log).finally(() => {
      for (const source of machine.sources) source.close();
      file.close();
    });
  }

  /** Ends the recording after the sample that is being taken. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#done;
  }

  async #run(machine: ReturnType<typeof openMachine>, file: RecordingFile, log: Log): Promise<void> {
    const { signal } = this.#ending;
    const second = Math.ceil(SYSTEM_CLOCK.monotonicUs() / EVERY_US) * EVERY_US;
    await SYSTEM_CLOCK.sleepUntil(second + OFFSET_US, signal);
    try {
      await record({
        machine,
        clock: SYSTEM_CLOCK,
        program: { name: "balloon-hw", version: version() },
        everyUs: EVERY_US,
        forUs: Number.POSITIVE_INFINITY,
        signal,
        write: (line) => file.write(line),
        onSample: () => {},
        onChange: (path, why) =>
          log.warn(`${path}: ${why === null ? "can be read again" : `${why}: left out of the recording for now`}`, {
            event: "recording",
          }),
      });
    } catch (error) {
      log.error(error instanceof Error ? error.message : String(error), { event: "recording" });
    }
  }
}

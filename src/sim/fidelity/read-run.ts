import { basename } from "node:path";
import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { readDaemonRun } from "./daemon/daemon-run.ts";
import { isDaemonRecording } from "./daemon/recording.ts";
import { readLabRun } from "./lab/lab-run.ts";
import { isLabLog } from "./lab/log.ts";
import type { RecordedRun } from "./recorded-run.ts";

/** A recorder of runs: detection and parser of its files. */
interface Recorder {
  readonly title: string;
  readonly accepts: (text: string) => boolean;
  readonly read: (text: string, name: string, scenario: string) => RecordedRun;
}

const RECORDERS: readonly Recorder[] = [
  { title: "a log of the kernel lab or the VM lab", accepts: isLabLog, read: readLabRun },
  { title: "a recording of balloon-hw", accepts: isDaemonRecording, read: readDaemonRun },
];

/**
 * Reads a recorded run from a file.
 * @throws {InputError} if it can't be read, is not a recorded run, or is invalid
 */
export function readRun(path: string): RecordedRun {
  const name = escapeUnsafe(path);
  const text = readTextFile(path, name);
  const recorder = RECORDERS.find(({ accepts }) => accepts(text));
  if (recorder === undefined) {
    const known = RECORDERS.map(({ title }) => title).join(" or ");
    throw new InputError(`${name}:1: this is not a recorded run: expected ${known}`);
  }
  return recorder.read(text, name, scenarioOf(path));
}

/** Name of a run's scenario: that of its file, without extension and number of the repetition. */
const scenarioOf = (path: string): string => escapeUnsafe(basename(path).replace(/(\.r?\d+)?\.[a-z]+$/i, ""));

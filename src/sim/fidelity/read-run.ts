import { basename } from "node:path";
import { emptyInput } from "../../common/empty-input.ts";
import { InputError } from "../../common/errors.ts";
import { readTextFile } from "../../common/files/text-file.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { STDIN, shownInput } from "../trace/input.ts";
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
  { title: "a recording of balloon-hw (run --record)", accepts: isDaemonRecording, read: readDaemonRun },
];

/**
 * Reads a recorded run from a file.
 * @param given how the command line names it, if the file is a copy: `-` is standard input
 * @throws {InputError} if it can't be read, is not a recorded run, or is invalid
 */
export function readRun(path: string, given = path): RecordedRun {
  const name = shownInput(given);
  const text = readTextFile(path, name);
  const recorder = RECORDERS.find(({ accepts }) => accepts(text));
  if (recorder === undefined) {
    const known = RECORDERS.map(({ title }) => title).join(" or ");
    if (text.trim() === "") throw emptyInput(name, `a recorded run: ${known}`);
    throw new InputError(`${name}:1: this is not a recorded run: expected ${known}`);
  }
  return recorder.read(text, name, escapeUnsafe(recordingName(given).replace(/(\.r?\d+)?\.[a-z]+$/i, "")));
}

/**
 * The name of a recording, that of its file. A pipe of the shell, such as /dev/fd/63, has no name but its path.
 * @param given how the command line names it; `-` is standard input
 */
export function recordingName(given: string): string {
  if (given === STDIN) return "stdin";
  return /^\/(dev|proc\/\w+)\/fd\/\d+$/.test(given) ? given : basename(given);
}

/** Logs of other tools, of which the worker makes traces as `balloon-sim import` does. */
import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { fileArgument, shellLine } from "../../../common/shell-line.ts";
import { headOf } from "../../import/detect.ts";
import { LOG_FORMATS } from "../../import/formats/logs.ts";
import type { Pace } from "../../import/log.ts";
import { tracesOfLog } from "../../import/log-traces.ts";
import { MemoryFile } from "../../import/memory-file.ts";
import { safeNames } from "../../import/safe-names.ts";
import { FORMAT } from "../../trace/document.ts";
import type { LogTrace } from "../protocol.ts";

/** Most machines of a log that the page takes. */
const MOST_MACHINES = 100;
/** Most characters of a machine's name in that of its file, as the command has it. */
const MAX_NAME = 100;

/** Whether a file that is no trace may be a log that the page reads. */
export function isLog(name: string, bytes: Uint8Array, text: string): boolean {
  if (bytes.length === 0 || text.includes(FORMAT)) return false;
  const head = headOf(new MemoryFile(name, bytes));
  return LOG_FORMATS.some((format) => format.detect(head) !== null);
}

/**
 * The traces of all machines of a log.
 * @param version of the program
 * @throws {InputError} if the log can't be read, or lacks a necessary value
 */
export async function importInPage(
  name: string,
  bytes: Uint8Array,
  version: string,
  pace: Pace,
): Promise<readonly LogTrace[]> {
  const file = fileArgument(name);
  try {
    const { traces, warnings } = await tracesOfLog(
      [new MemoryFile(name, bytes)],
      LOG_FORMATS,
      {},
      version,
      pace,
      (log) => {
        if (log.machines.length <= MOST_MACHINES) return;
        throw new InputError(
          `${escapeUnsafe(name)}: holds ${log.machines.length} machines, more than the ${MOST_MACHINES} that a page takes`,
        );
      },
    );
    const names = safeNames(
      traces.map((trace) => trace.name),
      MAX_NAME,
    );
    return traces.map((trace, i) => {
      const output = `${names[i]}.jsonl`;
      const vm = traces.length > 1 ? ["--vm", trace.name] : [];
      const command = shellLine(["balloon-sim", "import", file, ...vm, "-o", output]);
      return {
        name: output,
        text: trace.text,
        notes: [`Made of ${escapeUnsafe(name)}, as this command does: ${command}`, ...warnings],
      };
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const command = shellLine(["balloon-sim", "import", file, "-o", "trace.jsonl"]);
    throw new InputError(`${error.message}. With options, ${command} makes a trace that this page opens.`);
  }
}

/** Time between two pauses of an import, in milliseconds: runs and messages get their turn in them. */
const PAUSE_MS = 50;

/** Pauses of work that takes long. @param tell receives the progress, 0 to 1, at each pause */
export function pauses(tell: (progress: number) => void): Pace {
  let lastMs = performance.now();
  return async (progress) => {
    if (performance.now() - lastMs < PAUSE_MS) return;
    tell(progress);
    await new Promise((resolve) => setTimeout(resolve));
    lastMs = performance.now();
  };
}

import { FileSink } from "../../common/cli/text-sink.ts";
import type { Writable } from "../../common/files/output-file.ts";
import { causeLines } from "../causes/json-lines.ts";
import { whatIfText } from "../trace/what-if.ts";
import type { MadeRun } from "./jobs/execute.ts";

/** Writes why a run stalled, as JSON lines. */
export async function writeCauses(to: Writable, { job, result }: MadeRun): Promise<void> {
  const { causes, name } = result;
  if (causes === null) throw new RangeError("the run has recorded no causes");
  const { traceColumn: trace, driver, world, whatIf } = job;
  const sink = new FileSink(to);
  for (const line of causeLines(causes, { trace, name, driver, world, what_if: whatIfText(whatIf) || null })) {
    sink.write(line);
    if (sink.isFull) await sink.flush();
  }
  await sink.flush();
}

import { STDOUT } from "../../common/cli/output.ts";
import { FileSink, type TextSink, writeAll } from "../../common/cli/text-sink.ts";
import { OutputFile, type Writable } from "../../common/files/output-file.ts";

/**
 * Does work that writes text: to a file, which appears when it is complete, or not at all; or to standard output,
 * without a path or with the path `-`.
 * @throws {InputError} if the file can't be written
 */
export async function withOutput(path: string | undefined, work: (sink: TextSink) => Promise<void>): Promise<void> {
  await withFile(path, async (to) => {
    const sink = new FileSink(to);
    await work(sink);
    await sink.flush();
  });
}

/**
 * Gives work that writes bytes a stream to the file, or to standard output.
 * @throws {InputError} if there is no writing there
 */
export async function withFile(path: string | undefined, work: (to: Writable) => Promise<void>): Promise<void> {
  const file = path === undefined || path === "-" ? null : new OutputFile(path, "-o");
  try {
    await work(file ?? STDOUT);
    file?.commit();
  } finally {
    file?.discard();
  }
}

/**
 * Writes a file that appears whole or not at all.
 * @param option the option that named it, for messages
 * @throws {InputError} if the file can't be written
 */
export async function writeWhole(path: string, option: string, text: string): Promise<void> {
  const file = new OutputFile(path, option);
  try {
    await writeAll(file, Buffer.from(text));
    file.commit();
  } finally {
    file.discard();
  }
}

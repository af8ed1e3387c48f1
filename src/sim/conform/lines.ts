import { createReadStream } from "node:fs";
import { InputError } from "../../common/errors.ts";
import { refuseDevice } from "../../common/files/text-file.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";

/** Longest line of a plan, in characters. */
const MAX_LINE = 262_142;

/**
 * The lines of a file, or of standard input for `-`, without their line breaks, as they arrive; a line break at the end
 * begins no further line. Memory does not grow with the file.
 * @param source the file's name in messages
 * @throws {InputError} if it can't be read, is a device, or has a line that no plan can have
 */
export async function* readLines(path: string, source: string): AsyncGenerator<string> {
  if (path !== "-") refuseDevice(path, source);
  // Latin-1 keeps every byte one character: what is read as C reads it must not choke on bytes that are no UTF-8.
  const stream = path === "-" ? process.stdin.setEncoding("latin1") : createReadStream(path, { encoding: "latin1" });
  let rest = "";
  let number = 1;
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() as string;
      for (const line of lines) {
        checkLength(line, source, number++);
        yield line;
      }
      checkLength(rest, source, number);
    }
  } catch (error) {
    if (isSystemError(error)) throw new InputError(`${source}: ${systemErrorText(error)}`);
    throw error;
  }
  if (rest !== "") yield rest;
}

function checkLength(line: string, source: string, number: number): void {
  if (line.length > MAX_LINE) {
    throw new InputError(`${source}:${number}: the line is longer than ${MAX_LINE} characters: is this a plan?`);
  }
}

import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { escapeUnsafe, quote } from "../../common/quote.ts";
import { REFUSED } from "./formats/refused.ts";
import type { LogFile } from "./log-file.ts";
import type { Detection, Format, Head, RefusedFormat } from "./reader.ts";

/** The format of files, with the reason for it. */
export interface Detected {
  readonly format: Format;
  /** `given` if the user named the format; else the reason of its detection. */
  readonly reason: string;
}

/**
 * The format of some files: the one that the user names, or the detected one.
 * @param formats that they may have
 * @param from a format's name; null: detect it
 * @throws {InputError} if they are of no known format, of several, or not all of the same
 */
export function detectFormat(files: readonly LogFile[], formats: readonly Format[], from: string | null): Detected {
  if (from !== null) return { format: formatNamed(from, formats), reason: "given" };
  const detected = files.map((file) => detectOne(headOf(file), formats, escapeUnsafe(file.name)));
  const [first] = detected as [Detected, ...Detected[]];
  const other = detected.findIndex(({ format }) => format !== first.format);
  if (other !== -1) {
    throw new InputError(
      `${escapeUnsafe((files[other] as LogFile).name)} is ${(detected[other] as Detected).format.title}, but ` +
        `${escapeUnsafe((files[0] as LogFile).name)} is ${first.format.title}: import one format at a time`,
    );
  }
  return first;
}

/** The beginning of a file, for `Format.detect`. */
export function headOf(file: LogFile): Head {
  const text = file.head();
  const lines = text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  return { name: file.baseName, text, lines };
}

function formatNamed(name: string, formats: readonly Format[]): Format {
  const format = formats.find((each) => each.name === name);
  if (format !== undefined) return format;
  const names = formats.map((each) => each.name);
  throw new InputError(
    `--from ${quote(name)}: expected one of ${names.join(", ")}${didYouMean(name, names)} (see balloon-sim import --list)`,
  );
}

function detectOne(head: Head, formats: readonly Format[], name: string): Detected {
  const found = bestOf(formats, head);
  const refused = bestOf(REFUSED, head)[0];
  const [best, second] = found;
  if (refused !== undefined && refused.confidence > (best?.confidence ?? 0)) {
    throw new InputError(`${name}: looks like ${refused.of.title}, because ${refused.reason}: ${refused.of.why}`);
  }
  if (best === undefined) {
    throw new InputError(
      `${name}: begins with ${quote(head.lines.find((line) => line.trim() !== "")?.trim() ?? "", 32)}, which matches none of the supported formats: ` +
        `${formats.map((format) => format.name).join(", ")} (--from names one, balloon-sim import --list describes them)`,
    );
  }
  if (second !== undefined && second.confidence === best.confidence) {
    throw new InputError(`${name}: may be ${best.of.name} or ${second.of.name}: choose one with --from`);
  }
  return { format: best.of, reason: best.reason };
}

interface Candidate<T> extends Detection {
  readonly of: T;
}

/** Formats that a file may have, the most likely first. */
function bestOf<T extends Format | RefusedFormat>(formats: readonly T[], head: Head): Candidate<T>[] {
  return formats
    .flatMap((of) => {
      const detection = of.detect(head);
      return detection === null ? [] : [{ ...detection, of }];
    })
    .sort((a, b) => b.confidence - a.confidence);
}

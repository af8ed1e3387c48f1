import { checkDistinct, type NamedFile } from "../../common/cli/distinct-files.ts";
import { InputError } from "../../common/errors.ts";
import { findTrace } from "../trace/bundled.ts";
import { STDIN } from "../trace/input.ts";

/**
 * The files of traces that a command line names. Omits missing traces: opening them later fails with a message.
 * @param option the option that names them; null: they are arguments
 */
export function traceFiles(traces: readonly string[], option: string | null = null): NamedFile[] {
  return traces.flatMap((trace) => {
    try {
      return [{ option, path: trace === STDIN ? STDIN : findTrace(trace) }];
    } catch (error) {
      if (error instanceof InputError) return [];
      throw error;
    }
  });
}

/** Files that are arguments of a command. */
export const argumentFiles = (paths: readonly string[]): NamedFile[] => paths.map((path) => ({ option: null, path }));

/**
 * Checks that the file of `-o` is not one of the files that a command reads.
 * @throws {InputError} naming both files
 */
export function checkOutput(output: string | undefined, inputs: readonly NamedFile[]): void {
  if (output !== undefined) checkDistinct([{ option: "-o", path: output }], inputs);
}

/** The files that options may name. A target that is a value or a ramp is treated as the path of a missing file. */
export function optionFiles(options: {
  readonly rates?: string | undefined;
  readonly target?: string | undefined;
}): NamedFile[] {
  const { rates, target } = options;
  return [
    ...(rates === undefined ? [] : [{ option: "--rates", path: rates }]),
    ...(target === undefined ? [] : [{ option: "--target", path: target }]),
  ];
}

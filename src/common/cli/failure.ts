import { existsSync } from "node:fs";
import { InputError, messageOf, RunError } from "../errors.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { OutputClosed } from "./output.ts";

/** Exit codes of the command. */
export const Exit = {
  Success: 0,
  /** The run failed on valid input, or an unexpected error occurred. */
  Failure: 1,
  /** The command line, or a file that it names, is invalid. */
  BadInput: 2,
} as const;

/** An error as the command line reports it. */
export interface Failure {
  readonly exitCode: number;
  /** One line for standard error; null: no message. */
  readonly line: string | null;
}

/** Whether the user has asked for the stacks of errors. */
const wantsStacks = (): boolean => (process.env.BALLOON_DEBUG ?? "") !== "";

/**
 * An exit code and a one-line message for any error.
 * @param fewFiles exit code if too few files may be open at once
 */
export function failureOf(error: unknown, fewFiles: number = Exit.Failure): Failure {
  if (error instanceof OutputClosed || isClosedPipe(error)) return { exitCode: Exit.Success, line: null };
  if (error instanceof InputError) return { exitCode: Exit.BadInput, line: lineOf(error) };
  if (error instanceof RunError) return { exitCode: error.exitCode, line: lineOf(error) };
  if (isShortOfFiles(error) && !wantsStacks()) {
    // The message names the limit, not the file at which it was reached.
    return {
      exitCode: fewFiles,
      line: "too few files may be open at once: raise the limit (ulimit -n; systemd: LimitNOFILE=)",
    };
  }
  if (isSystemError(error)) {
    const what = error.path ?? error.syscall ?? "input or output";
    return {
      exitCode: Exit.Failure,
      line: wantsStacks() ? lineOf(error) : oneLine(`${what}: ${systemErrorText(error)}`),
    };
  }
  const hint = wantsStacks() ? "" : " (unexpected; BALLOON_DEBUG=1 shows where)";
  return { exitCode: Exit.Failure, line: `${lineOf(error)}${hint}` };
}

/**
 * Whether an error is due to the limit of open files. Node reports a package as missing if it can't open the package's
 * description.
 */
function isShortOfFiles(error: unknown): boolean {
  if (isSystemError(error)) return error.code === "EMFILE" || error.code === "ENFILE";
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") return false;
  const folder = /^Cannot find package '(.*\/node_modules\/(?:@[^/']+\/)?[^/']+)/.exec(error.message)?.[1];
  return folder !== undefined && existsSync(`${folder}/package.json`);
}

/** Whether an error is the event by which standard output reports that its reader is gone. */
const isClosedPipe = (error: unknown): boolean =>
  isSystemError(error) && error.code === "EPIPE" && error.syscall === "write";

function lineOf(error: unknown): string {
  if (error instanceof Error && wantsStacks()) return error.stack ?? error.message;
  return oneLine(messageOf(error));
}

/**
 * A message on one line, also if a name in it holds line breaks. Control characters that would change the terminal or
 * the direction of writing are escaped.
 */
const oneLine = (text: string): string => escapeUnsafe(text.replace(/[\n\r\u2028\u2029]+/g, " "));

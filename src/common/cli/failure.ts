import { existsSync } from "node:fs";
import { InputError, RunError } from "../errors.ts";
import { escapeUnsafe } from "../quote.ts";
import { isSystemError, systemErrorText } from "../system-error.ts";
import { OutputClosed } from "./output.ts";

/** Exit codes of the command. */
export const Exit = {
  Success: 0,
  /** The run failed on good input, or something unexpected happened. */
  Failure: 1,
  /** The command line or a file that it names can't be used. */
  BadInput: 2,
} as const;

/** What an error means to the person at the command line. */
export interface Failure {
  readonly exitCode: number;
  /** One line for standard error; null: nothing to say. */
  readonly line: string | null;
}

/** Whether the user wants the stacks of errors. */
const wantsStacks = (): boolean => (process.env.BALLOON_DEBUG ?? "") !== "";

/**
 * One line and an exit code for any error.
 * @param fewFiles exit code where too few files may be open at once
 */
export function failureOf(error: unknown, fewFiles: number = Exit.Failure): Failure {
  if (error instanceof OutputClosed || isClosedPipe(error)) return { exitCode: Exit.Success, line: null };
  if (error instanceof InputError) return { exitCode: Exit.BadInput, line: lineOf(error) };
  if (error instanceof RunError) return { exitCode: error.exitCode, line: lineOf(error) };
  if (isShortOfFiles(error) && !wantsStacks()) {
    // The reason is the limit, and not the file that exceeded it.
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
 * Whether the cause of an error is the limit of open files. Node takes a package whose description it can't open for one that
 * is not there.
 */
function isShortOfFiles(error: unknown): boolean {
  if (isSystemError(error)) return error.code === "EMFILE" || error.code === "ENFILE";
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") return false;
  const folder = /^Cannot find package '(.*\/node_modules\/(?:@[^/']+\/)?[^/']+)/.exec(error.message)?.[1];
  return folder !== undefined && existsSync(`${folder}/package.json`);
}

/** Standard output reports a reader that has gone as an event of its own. */
const isClosedPipe = (error: unknown): boolean =>
  isSystemError(error) && error.code === "EPIPE" && error.syscall === "write";

function lineOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  if (wantsStacks()) return error.stack ?? error.message;
  const isKnown = error instanceof InputError || error instanceof RunError;
  return oneLine(isKnown ? error.message : `${error.name}: ${error.message}`);
}

/**
 * A message is one line, also where a name in it holds line breaks, and changes neither the terminal nor the direction of
 * writing.
 */
const oneLine = (text: string): string => escapeUnsafe(text.replace(/[\n\r\u2028\u2029]+/g, " "));

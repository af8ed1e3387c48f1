import { closeSync, openSync, readSync } from "node:fs";
import { InputError } from "../../../common/errors.ts";
import { refuseDevice } from "../../../common/files/text-file.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../../common/system-error.ts";
import type { Judgement, StudyHeader, Trial } from "../types.ts";
import { beginsAsHeader, noStudy, parseEntry, parseHeader } from "./journal.ts";

/** What a journal holds. */
export interface StudyContents {
  readonly header: StudyHeader;
  /** In ascending order, without gaps, from trial 0. */
  readonly trials: readonly Trial[];
  /** What there is to read of the judgements: none while the study goes on. */
  readonly judgements: readonly Judgement[];
  /** Bytes of the header and the trials. */
  readonly trialBytes: number;
  /** Bytes of all whole lines. */
  readonly wholeBytes: number;
  /** Bytes behind them: of a line that was cut short when its writer was killed. */
  readonly cutBytes: number;
}

/**
 * Reads a study's journal, whether the study is over or not. A last line that was cut short is left out.
 * @param name stands for the path in messages
 * @throws {InputError} where the file can't be read, is no study, or is damaged
 */
export function readStudy(path: string, name = path): StudyContents {
  const contents = readJournal(path, name);
  if (contents === null)
    throw new InputError(`${escapeUnsafe(name)}: no study yet: it was ended before its first line`);
  return contents;
}

/** The same; null for a file without a whole line. */
export function readJournal(path: string, name = path): StudyContents | null {
  const shown = escapeUnsafe(name);
  let header: StudyHeader | null = null;
  const trials: Trial[] = [];
  const judgements: Judgement[] = [];
  let trialBytes = 0;
  let wholeBytes = 0;
  let cutBytes = 0;
  let number = 0;
  for (const { text, bytes, isWhole } of linesOf(path, shown)) {
    if (!isWhole) {
      if (header === null && !beginsAsHeader(text)) throw noStudy(shown);
      cutBytes = bytes;
      break;
    }
    const place = `${shown}:${++number}`;
    wholeBytes += bytes;
    if (header === null) {
      header = parseHeader(text, place);
      trialBytes = wholeBytes;
      continue;
    }
    const entry = parseEntry(text, header, place);
    if (entry.kind === "judgement") {
      judgements.push(entry.judgement);
      continue;
    }
    if (entry.trial.trial !== trials.length || judgements.length > 0) {
      throw new InputError(`${place}: trial ${entry.trial.trial} where trial ${trials.length} was expected`);
    }
    trials.push(entry.trial);
    trialBytes = wholeBytes;
  }
  return header === null ? null : { header, trials, judgements, trialBytes, wholeBytes, cutBytes };
}

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;

interface Line {
  /** Without its end. */
  readonly text: string;
  /** With it. */
  readonly bytes: number;
  readonly isWhole: boolean;
}

function* linesOf(path: string, shown: string): Generator<Line> {
  let fd: number;
  try {
    refuseDevice(path, shown);
    fd = openSync(path, "r");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new InputError(`${shown}: ${systemErrorText(error)}`);
  }
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let rest = Buffer.alloc(0);
    for (let length = read(fd, chunk, shown); length > 0; length = read(fd, chunk, shown)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
        yield { text: bytes.toString("utf8", start, end), bytes: end + 1 - start, isWhole: true };
        start = end + 1;
      }
      rest = bytes.subarray(start);
    }
    if (rest.length > 0) yield { text: rest.toString("utf8"), bytes: rest.length, isWhole: false };
  } finally {
    closeSync(fd);
  }
}

function read(fd: number, chunk: Buffer, shown: string): number {
  try {
    return readSync(fd, chunk);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new InputError(`${shown}: ${systemErrorText(error)}`);
  }
}

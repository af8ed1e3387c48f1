import { InputError } from "../../../common/errors.ts";
import { openBytes } from "../../../common/files/bytes.ts";
import { LineReader } from "../../../common/files/lines.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import type { Judgement, StudyHeader, Trial } from "../types.ts";
import { beginsAsHeader, noStudy, parseEntry, parseHeader } from "./journal.ts";

/** The content of a journal. */
export interface StudyContents {
  readonly header: StudyHeader;
  /** In ascending order, without gaps, from trial 0. */
  readonly trials: readonly Trial[];
  /** The judgements; none before the search has ended. */
  readonly judgements: readonly Judgement[];
  /** Bytes of the header and the trials. */
  readonly trialBytes: number;
  /** Bytes of all whole lines. */
  readonly wholeBytes: number;
  /** Bytes after them: of a truncated line, whose writer was killed. */
  readonly cutBytes: number;
}

/**
 * Reads a study's journal, finished or not. A truncated last line is omitted.
 * @param name replaces the path in messages
 * @throws {InputError} if the file can't be read, is no study, or is malformed
 */
export function readStudy(path: string, name = path): StudyContents {
  const contents = readJournal(path, name);
  if (contents === null)
    throw new InputError(`${escapeUnsafe(name)}: no study yet: it was ended before its first line`);
  return contents;
}

/** The contents of a study's journal; null for a file without a complete line. */
export function readJournal(path: string, name = path): StudyContents | null {
  const shown = escapeUnsafe(name);
  let header: StudyHeader | null = null;
  const trials: Trial[] = [];
  const judgements: Judgement[] = [];
  let trialBytes = 0;
  let wholeBytes = 0;
  let cutBytes = 0;
  const lines = readerOf(path, shown);
  try {
    while (lines.advance()) {
      const { line: text, lineBytes } = lines;
      if (!lines.isTerminated) {
        if (header === null && !beginsAsHeader(text)) throw noStudy(shown);
        cutBytes = lineBytes;
        break;
      }
      const place = `${shown}:${lines.lineNumber}`;
      wholeBytes += lineBytes;
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
  } finally {
    lines.close();
  }
  return header === null ? null : { header, trials, judgements, trialBytes, wholeBytes, cutBytes };
}

/** Longest line of a journal, in bytes: the longest string of every supported Node. */
const MAX_LINE_BYTES = 2 ** 29 - 24;

const readerOf = (path: string, shown: string): LineReader =>
  new LineReader(openBytes(path, shown), {
    name: shown,
    maxBytes: MAX_LINE_BYTES,
    tooLong: "this line is longer than 512 MiB, expected a study",
  });

import { existsSync, readFileSync, rmSync } from "node:fs";
import { InputError } from "../../../common/errors.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import type { Judgement, StudyHeader, Trial } from "../types.ts";
import { differenceOf } from "./difference.ts";
import { lineOf } from "./journal.ts";
import { JournalFile } from "./journal-file.ts";
import { FileLock } from "./lock.ts";
import { readJournal } from "./read-study.ts";

/** The journal of a study in progress. */
interface OpenJournal {
  /** Its path, escaped for messages. */
  readonly shown: string;
  readonly file: JournalFile;
  readonly lock: FileLock;
}

/** The present results of a study, in memory and, if it has one, in its journal. */
export class StudyLog {
  readonly header: StudyHeader;
  /** Number of trials when it was opened. */
  readonly resumed: number;
  readonly #trials: Trial[];
  readonly #judgements: Judgement[];
  readonly #journal: OpenJournal | null;
  /** Path of a journal that did not exist before; null: the study has no journal, or it existed. */
  readonly #newPath: string | null;
  /** Bytes of the journal up to its judgements. */
  #trialBytes: number;

  private constructor(
    header: StudyHeader,
    journal: OpenJournal | null,
    trials: readonly Trial[] = [],
    judgements: readonly Judgement[] = [],
    trialBytes = 0,
    newPath: string | null = null,
  ) {
    this.#newPath = newPath;
    this.header = header;
    this.resumed = trials.length;
    this.#journal = journal;
    this.#trials = [...trials];
    this.#judgements = [...judgements];
    this.#trialBytes = trialBytes;
  }

  /** A study without a journal. */
  static inMemory(header: StudyHeader): StudyLog {
    return new StudyLog(header, null);
  }

  /**
   * Begins a study's journal, or continues one that was begun with the same header.
   * @param remark called with lines for standard error
   * @throws {InputError} if the file is not a study, or another study, or another process works on it
   */
  static async open(path: string, header: StudyHeader, remark: (line: string) => void): Promise<StudyLog> {
    const lock = await FileLock.take(path, "study");
    try {
      return existsSync(path)
        ? StudyLog.#resume(path, header, lock, remark)
        : StudyLog.#begin(path, header, lock, path);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  static #begin(path: string, header: StudyHeader, lock: FileLock, newPath: string | null): StudyLog {
    const file = new JournalFile(path, 0);
    file.append(lineOf(header));
    return new StudyLog(header, { shown: escapeUnsafe(path), file, lock }, [], [], file.bytes, newPath);
  }

  static #resume(path: string, header: StudyHeader, lock: FileLock, remark: (line: string) => void): StudyLog {
    const shown = escapeUnsafe(path);
    const contents = readJournal(path);
    if (contents === null) {
      // A truncated beginning of this header is a study that was interrupted at once; other content is not overwritten.
      const text = readFileSync(path, "utf8");
      if (!lineOf(header).startsWith(text)) {
        throw new InputError(`${shown}: the file exists and is not a study: name another file, or remove it`);
      }
      if (text !== "") remark(`${shown}: its only line is incomplete: the study begins again`);
      return StudyLog.#begin(path, header, lock, null);
    }
    const difference = differenceOf(contents.header, header);
    if (difference !== null) {
      throw new InputError(`${shown}: is another study: ${difference}; repeat the same options, or name another file`);
    }
    if (contents.cutBytes > 0) remark(`${shown}: the last line is incomplete and is written again`);
    const { trials, judgements, trialBytes, wholeBytes } = contents;
    const file = new JournalFile(path, wholeBytes);
    return new StudyLog(header, { shown, file, lock }, trials, judgements, trialBytes);
  }

  /** Prefix of messages: its file, if it has one. */
  get place(): string {
    return this.#journal === null ? "" : `${this.#journal.shown}: `;
  }

  get trials(): readonly Trial[] {
    return this.#trials;
  }

  get judgements(): readonly Judgement[] {
    return this.#judgements;
  }

  /** Adds a trial. Drops the judgements, which do not apply to a study with further trials. */
  addTrial(trial: Trial): void {
    this.dropJudgements();
    this.#journal?.file.append(lineOf(trial));
    this.#trials.push(trial);
    this.#trialBytes = this.#journal?.file.bytes ?? 0;
  }

  addJudgement(judgement: Judgement): void {
    this.#journal?.file.append(lineOf(judgement));
    this.#judgements.push(judgement);
  }

  dropJudgements(): void {
    if (this.#judgements.length === 0) return;
    this.#judgements.length = 0;
    this.#journal?.file.cutTo(this.#trialBytes);
  }

  /** Removes a new journal without trials, so that the path is free for another study. */
  removeIfEmpty(): void {
    if (this.#newPath !== null && this.#trials.length === 0) rmSync(this.#newPath, { force: true });
  }

  close(): void {
    this.#journal?.file.close();
    this.#journal?.lock.release();
  }
}

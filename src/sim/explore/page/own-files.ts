/** Files of the reader that are dropped on a page, or chosen. */
import { byId } from "../../report/page/dom.ts";
import type { OwnFile } from "./packed-text.ts";

/** A file with its bytes as they are on the disk; its text has replacements where they are not UTF-8. */
export interface DroppedFile extends OwnFile {
  readonly bytes: Uint8Array;
}

/** Largest file. */
const MOST_BYTES = 64 * 1024 * 1024;
/** What a page does with files of its reader. */
export interface FileTaker {
  /** Files that were dropped or chosen together; at least one. */
  take(files: readonly DroppedFile[]): void;
  /** A line about a file that is not taken. */
  refuse(message: string): void;
  /** The command that runs files which are too large for the page. */
  readonly command: string;
}

/** Takes files that are dropped on the page, or chosen. */
export function takeFiles({ take, refuse, command }: FileTaker): void {
  const picker = byId("open-file") as HTMLInputElement;
  byId("open").addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => {
    void readAll([...(picker.files ?? [])]);
    // The same file may be chosen again, when it has changed.
    picker.value = "";
  });
  const { body } = document;
  let depth = 0;
  const over = (by: number): void => {
    depth = Math.max(0, depth + by);
    body.classList.toggle("dropping", depth > 0);
  };
  body.addEventListener("dragenter", () => over(1));
  body.addEventListener("dragleave", () => over(-1));
  body.addEventListener("dragover", (event) => event.preventDefault());
  body.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    over(0);
    void readAll([...(event.dataTransfer?.files ?? [])]);
  });

  async function readAll(files: readonly File[]): Promise<void> {
    const all = await Promise.all(files.map(read));
    const taken = all.filter((file) => typeof file !== "string");
    // What is taken clears the lines about files before.
    if (taken.length > 0) take(taken);
    for (const file of all) if (typeof file === "string") refuse(file);
  }

  /** The file; or a line about one that is not taken. */
  async function read(file: File): Promise<DroppedFile | string> {
    if (file.size > MOST_BYTES) return `${file.name}: larger than 64 MiB: ${command} runs it`;
    const buffer = await file.arrayBuffer().catch(() => null);
    if (buffer === null) return `${file.name}: can't be read`;
    return { name: file.name, text: new TextDecoder().decode(buffer), bytes: new Uint8Array(buffer) };
  }
}

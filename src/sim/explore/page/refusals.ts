/** The line about what the page could not take: parts of a link, and files. The line of the status has the progress of runs. */
import { byId, write } from "../../report/page/dom.ts";

/** What is told until something else is opened or changed. */
export class Refusals {
  #link = "";
  #files: string[] = [];

  /** Tells what was left out of a link; empty: nothing. */
  tellLink(text: string): void {
    this.#link = text;
    this.#show();
  }

  /** Tells of a file that was not taken. */
  addFile(message: string): void {
    this.#files.push(message);
    this.#show();
  }

  /** Files are opened, or the settings are changed: what was told of files has been read. */
  clearFiles(): void {
    if (this.#files.length === 0) return;
    this.#files = [];
    this.#show();
  }

  #show(): void {
    write(byId("refused"), [...this.#files, this.#link].filter((text) => text !== "").join(" "));
  }
}

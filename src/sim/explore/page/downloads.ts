/** Saves files, and shows the command that makes the same rows. */
import { byId, write } from "../../report/page/dom.ts";
import { areNone } from "../protocol.ts";
import { commandOf } from "./files.ts";
import { type State, settingsText } from "./state.ts";

/** Saves a text as a file. */
export function save(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Chromium has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Shows the command, and on paper the settings. @param isFile whether there is a file of the trace, but for edits */
export function showCommand(state: State, pinned: State, isFile: boolean): void {
  write(byId("settings-text"), `Settings: ${settingsText(state, pinned)}`);
  write(byId("command"), commandOf(state, isFile));
  byId("command-note").hidden = isFile && areNone(state.edits);
}

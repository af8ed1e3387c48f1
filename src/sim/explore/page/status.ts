import { byId, write } from "../../report/page/dom.ts";

/** Shows a line about what the page does. @param progress of the run, 0 to 1; 1: it is over */
export function showStatus(text: string, isError: boolean, progress = 1): void {
  const status = byId("status");
  write(status, text);
  status.classList.toggle("error", isError);
  status.classList.toggle("busy", progress < 1);
  const bar = byId("progress") as HTMLProgressElement;
  bar.value = progress;
  bar.classList.toggle("idle", progress >= 1);
}

/** The time until a browser has drawn the page of a fleet of 2,000 guests, a day each: the table and the picture over time. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { n } from "./measure.mjs";
import { openTimes } from "./open-page.mjs";
import { watch } from "./watch.mjs";

const GUESTS = 2000;
const LIMIT_SECONDS = 2;

export async function measure(smoke) {
  const guests = smoke ? 100 : GUESTS;
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    await watch(["generate", "fleet", "-o", "fleet", "--guests", String(guests)], directory);
    const traces = readdirSync(join(directory, "fleet")).map((name) => join("fleet", name));
    const { seconds, mebibytes } = await watch(["report", ...traces, "-o", "fleet.html"], directory);
    const page = join(directory, "fleet.html");
    if (!existsSync(page)) throw new Error("no page was made");
    const opened = await openTimes(page, "#heat canvas", smoke ? 1 : 7);
    return { guests, madeSeconds: seconds, mebibytes, pageBytes: statSync(page).size, ...opened };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const lines = (s) => [
  "the page of a fleet",
  `  ${n(s.guests)} guests, 24 hours: run and made in ${n(s.madeSeconds, 1)} s with ${n(s.mebibytes)} MiB, ${n(s.pageBytes / 1e6, 1)} MB`,
  s.openedSeconds === undefined
    ? "  not opened: there is no Chromium (CHROMIUM names one)"
    : `  opened in ${n(s.openedSeconds, 2)} s, of which the page's thread worked ${n(s.workedSeconds, 2)} s (at most ${LIMIT_SECONDS} s wanted)`,
];

export const isGood = (s, smoke) => smoke || s.openedSeconds === undefined || s.openedSeconds <= LIMIT_SECONDS;

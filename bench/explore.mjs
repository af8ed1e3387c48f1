/**
 * The explorer in a browser: the time from an input to the painted curves, of `spike` and of a day of a guest that changes every
 * minute, and the size of the page.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fleetGuest } from "../dist/sim/generate/fleet.js";
import { median, n } from "./measure.mjs";

const COMMAND = fileURLToPath(new URL("../bin/balloon-sim.js", import.meta.url));
const BROWSER = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);
/** Limits of the time from an input to the painted curves, in milliseconds. */
const LIMITS = { spike: 100, day: 1000 };

export async function measure(smoke) {
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    const [day, page] = [join(directory, "day.json"), join(directory, "explore.html")];
    writeFileSync(day, JSON.stringify(activeDay()));
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, "explore", "spike", day, "-o", page], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    const measured = BROWSER === undefined ? null : await drive(page, day, smoke ? 2 : 30);
    return { pageBytes: statSync(page).size, ...measured };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A guest whose demand and target change every minute of a day, with reclaim: that of the section `runs`. */
const activeDay = () => fleetGuest({ seed: "bench", guests: 1, durationSeconds: 86_400, everySeconds: 60 }, 0);

/** Moves a constant, and measures until the curves are painted. */
async function drive(file, day, repeats) {
  const { chromium } = await import("playwright-core");
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: BROWSER, args });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
    await page.goto(pathToFileURL(file).href);
    const shown = page.locator("#curves[data-shown]");
    await shown.waitFor({ state: "attached", timeout: 60_000 });
    const spikeMs = await latency(page, "spike", repeats);
    await page.locator("#trace").selectOption(day);
    const dayMs = await latency(page, day, Math.ceil(repeats / 3));
    return { spikeMs, dayMs };
  } finally {
    await browser.close();
  }
}

async function latency(page, trace, repeats) {
  const times = await page.evaluate(`(async () => {
    const curves = document.getElementById("curves");
    const isShown = (value) => curves.dataset.shown.includes(${JSON.stringify(trace)}) && curves.dataset.shown.endsWith("alloc-max=" + value);
    const times = [];
    for (let i = 0; i <= ${repeats}; i++) {
      const value = 3000 + 100 * i;
      const input = document.querySelector('.field[data-name="alloc-max"] input[type=number]');
      const began = performance.now();
      input.value = String(value);
      input.dispatchEvent(new Event("input", { bubbles: true }));
      while (!isShown(value)) await new Promise((done) => requestAnimationFrame(done));
      await new Promise((done) => requestAnimationFrame(done));
      times.push(performance.now() - began);
    }
    return times;
  })()`);
  // The first one compiles code.
  return median(times.slice(1));
}

export const lines = (s) => [
  "explore",
  `  the page: ${n(s.pageBytes / 1e3, 0)} kB with two traces`,
  ...(s.spikeMs === undefined
    ? ["  not opened: there is no Chromium (CHROMIUM names one)"]
    : [
        `  from an input to painted curves: spike ${n(s.spikeMs, 0)} ms (at most ${LIMITS.spike} wanted)`,
        `  a day of a guest that changes every minute: ${n(s.dayMs, 0)} ms (at most ${LIMITS.day} wanted)`,
      ]),
];

export const isGood = (s, smoke) =>
  smoke || s.spikeMs === undefined || (s.spikeMs <= LIMITS.spike && s.dayMs <= LIMITS.day);

/**
 * The time to generate the page of a study of 10,000 trials, and the time until a browser has drawn its first charts. A
 * few trials are executed and then repeated under other numbers, which makes no difference to the page.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { median, n, seconds } from "./measure.mjs";

const COMMAND = fileURLToPath(new URL("../bin/balloon-sim.js", import.meta.url));
const BROWSER = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);
const TRIALS = 10_000;
const RUN = 200;
const LIMIT_SECONDS = 2;

const tune = [
  ...["tune", "spike", "ramp", "--holdout", "sawtooth", "--minimize", "time_to_target", "--minimize", "stall_full"],
  ...["--sampler", "random", "--trials", String(RUN), "-q"],
];

export async function measure(smoke) {
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    const [study, page] = [join(directory, "my.study"), join(directory, "page.html")];
    const run = (...args) => {
      const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
    };
    run(...tune, "--study", study);
    multiply(study);
    const madeSeconds = seconds(() => run("report", study, "-o", page));
    const opened = BROWSER === undefined ? null : await open(page, smoke ? 1 : 7);
    return { trials: TRIALS, madeSeconds, pageBytes: statSync(page).size, ...opened };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Makes a study of 10,000 trials from a study of a few. */
function multiply(study) {
  const [header, ...lines] = readFileSync(study, "utf8").trimEnd().split("\n");
  const trials = lines.map((line) => JSON.parse(line)).filter((line) => "trial" in line);
  const [reference, ...others] = trials;
  const many = Array.from({ length: TRIALS }, (_, i) => ({ ...others[i % others.length], trial: i + 1 }));
  writeFileSync(study, [header, ...[reference, ...many].map((trial) => JSON.stringify(trial)), ""].join("\n"));
}

/** Opens the page in new tabs of a running browser, each until its charts are painted. */
async function open(page, repeats) {
  const { chromium } = await import("playwright-core");
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath: BROWSER, args });
  const [opened, worked] = [[], []];
  try {
    for (let i = 0; i < repeats; i++) {
      const tab = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const cdp = await tab.context().newCDPSession(tab);
      await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
      await tab.goto(pathToFileURL(page).href);
      await tab.locator("#front-chart canvas").waitFor();
      // Two frames later the first one has been painted.
      const ms = await tab.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))",
      );
      opened.push(ms / 1e3);
      const { metrics } = await cdp.send("Performance.getMetrics");
      worked.push(metrics.find(({ name }) => name === "TaskDuration").value);
      await tab.close();
    }
  } finally {
    await browser.close();
  }
  return { openedSeconds: median(opened), workedSeconds: median(worked) };
}

export const lines = (s) => [
  "report",
  `  a study of ${n(s.trials)} trials: made in ${n(s.madeSeconds, 2)} s, ${n(s.pageBytes / 1e6, 1)} MB`,
  s.openedSeconds === undefined
    ? "  not opened: there is no Chromium (CHROMIUM names one)"
    : `  opened in ${n(s.openedSeconds, 2)} s, of which the page's thread worked ${n(s.workedSeconds, 2)} s (at most ${LIMIT_SECONDS} s wanted)`,
];

export const isGood = (s, smoke) => smoke || s.openedSeconds === undefined || s.openedSeconds <= LIMIT_SECONDS;

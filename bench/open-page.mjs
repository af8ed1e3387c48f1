/** Opens pages in a browser, and measures the time until they are drawn. */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { median } from "./measure.mjs";

const BROWSER = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);

/**
 * Opens a page in new tabs of a running browser, each until an element is there and painted.
 * @returns null without a browser
 */
export async function openTimes(page, selector, repeats) {
  if (BROWSER === undefined) return null;
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
      await tab.locator(selector).waitFor();
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

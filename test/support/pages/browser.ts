import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";

const CANDIDATES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The browser that pages are tested in: the one that CHROMIUM names, else what the system has; undefined: none. */
export const CHROMIUM = CANDIDATES.find((path) => path !== undefined && existsSync(path));

/** A page that is open, and what went wrong in it. */
export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts and whatever was written to the console. */
  readonly complaints: readonly string[];
  /** What it asked the network for. */
  readonly requests: readonly string[];
}

/** Opens files in a browser that is started before the tests of a file and stopped after them. */
export function useBrowser(): (path: string, options?: BrowserContextOptions) => Promise<OpenPage> {
  let browser: Browser;
  beforeAll(async () => {
    // The sandbox of Chromium refuses to be run by root, as in a container.
    const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args });
  });
  afterAll(() => browser?.close());
  // A page that stays open goes on computing at the cost of the next test's; those of `beforeAll` are for all tests.
  let opened: Page[] = [];
  beforeEach(() => {
    opened = [];
  });
  afterEach(() => Promise.all(opened.map((page) => page.close())).then(() => undefined));
  return async (path, options = {}) => {
    // Nothing glides: what a test points at stays where it is.
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, reducedMotion: "reduce", ...options });
    opened.push(page);
    page.setDefaultTimeout(PATIENCE_MS);
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("request", (request) => requests.push(request.url()));
    const { href } = pathToFileURL(path);
    await page.goto(href);
    return { page, complaints, requests: requests.filter((url) => url !== href) as readonly string[] };
  };
}

/** How long to wait for a page: less than the timeout of a test, so that the failure says what did not happen. */
const PATIENCE_MS = 50_000;

/** What is expected of a value that is about to change. */
export const eventually = <T>(value: () => Promise<T>): ReturnType<typeof expect.poll<T>> =>
  expect.poll(value, { timeout: PATIENCE_MS });

/** How far apart the channels of a colour are that is no grey. */
const COLOURED = 60;

/** How many pixels of each canvas that matches are coloured: curves and points are, axes, grids and numbers are grey. */
export function colouredPixels(page: Page, selector: string): Promise<number[]> {
  return page.locator(selector).evaluateAll(
    (canvases, least) =>
      canvases.map((canvas) => {
        // biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are not those of the tests
        const { width, height } = canvas as any;
        // biome-ignore lint/suspicious/noExplicitAny: the same
        const { data } = (canvas as any).getContext("2d").getImageData(0, 0, width, height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4) {
          const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
          if (Math.max(r, g, b) - Math.min(r, g, b) > least) count++;
        }
        return count;
      }),
    COLOURED,
  );
}

/** A place in a page, in CSS pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { journalText, madeUpStudy } from "../../support/fakes/made-up-study.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { type Box, CHROMIUM, colouredPixels, eventually, useBrowser } from "../../support/pages/browser.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

/** The objectives with the longest names. */
const MANY = [...OBJECTIVES].sort((a, b) => b.name.length - a.name.length).slice(0, 8);

const WIDTHS = [1200, 390];

// Without a browser there is nothing to test: apt-get install chromium, or name one in CHROMIUM.
describe.skipIf(CHROMIUM === undefined)("the shape of pages in a browser", () => {
  const openFile = useBrowser();
  const directory = scratchDirectory();
  const path = (name: string) => join(directory, name);
  const open = async (name: string, width: number) =>
    (await openFile(path(name), { viewport: { width, height: 800 } })).page;

  beforeAll(async () => {
    const state = madeUpStudy({ trials: 300 });
    const goals = MANY.map(({ name, better }) => ({
      objective: name,
      direction: better === "less" ? ("minimize" as const) : ("maximize" as const),
    }));
    writeFileSync(path("my.study"), journalText(state));
    // Of few trials: what a report computes grows with trials and goals.
    const few = madeUpStudy({ trials: 12 });
    writeFileSync(path("many.study"), journalText({ ...few, header: { ...few.header, goals } }));
    for (const [input, page] of [
      ["my.study", "study.html"],
      ["many.study", "many.html"],
      ["spike", "run.html"],
    ] as const) {
      expect((await callBalloonSim(["report", input, "-o", page], { cwd: directory })).status).toBe(0);
    }
  });

  /** Where parallel coordinates write their texts, in CSS pixels of the picture, and how wide it is. */
  const textsOf = (page: Page): Promise<{ width: number; texts: (Box & { text: string })[] }> =>
    page.evaluate(() => {
      // biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are not those of the tests
      const { document, CanvasRenderingContext2D, devicePixelRatio } = globalThis as any;
      const texts: (Box & { text: string })[] = [];
      const { fillText } = CanvasRenderingContext2D.prototype;
      const height = document.querySelector("#parallel-chart canvas").height;
      // biome-ignore lint/suspicious/noExplicitAny: the same
      CanvasRenderingContext2D.prototype.fillText = function (this: any, text: string, x: number, y: number) {
        // It is drawn in the background, and then copied.
        if (this.canvas.height === height && !this.canvas.isConnected) {
          const { width } = this.measureText(text);
          const left = { center: x - width / 2, right: x - width }[this.textAlign as string] ?? x;
          if (text !== "") texts.push({ text, x: left, y: y - 11, width, height: 13 });
        }
        fillText.call(this, text, x, y);
      };
      document.querySelector("#theme").click();
      CanvasRenderingContext2D.prototype.fillText = fillText;
      return { width: document.querySelector("#parallel-chart canvas").width / devicePixelRatio, texts };
    });

  const meet = (a: Box, b: Box): boolean =>
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

  test.each(WIDTHS.flatMap((width) => ["study.html", "many.html"].map((name) => [name, width] as const)))(
    "no texts of parallel axes meet, and none is cut off, in %s at %i pixels",
    async (name, window) => {
      const page = await open(name, window);
      await eventually(() => page.locator("#parallel-chart canvas").evaluate((one) => one.clientHeight)).toBe(380);
      const { width, texts } = await textsOf(page);
      const names = name === "many.html" ? MANY.map((objective) => objective.name) : ["time_to_target", "stall_full"];
      expect(texts.map(({ text }) => text)).toEqual(expect.arrayContaining(["alloc-max", ...names]));
      const pairs = texts.flatMap((a, i) =>
        texts
          .slice(i + 1)
          .filter((b) => meet(a, b))
          .map((b) => [a.text, b.text]),
      );
      expect(pairs).toEqual([]);
      for (const { text, x, width: length } of texts) {
        expect([text, x >= 0, x + length <= width]).toEqual([text, true, true]);
      }
    },
  );

  test("the picture scrolls, and the page does not, in a window too narrow for the axes", async () => {
    const page = await open("many.html", 390);
    await eventually(() => page.locator("#parallel-chart canvas").evaluate((one) => one.clientHeight)).toBe(380);
    const [inner, outer] = await page
      .locator("#parallel-chart .plot")
      .evaluate((one) => [one.scrollWidth, one.clientWidth] as const);
    expect(inner).toBeGreaterThan(outer as number);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  });

  test("on a phone the table shows the change against the reference, or scrolls to it", async () => {
    const page = await open("study.html", 390);
    const scroll = page.locator("#result .scroll").first();
    const head = scroll.locator("th", { hasText: "change" }).first();
    await scroll.scrollIntoViewIfNeeded();
    const right = async (one: typeof head) => {
      const { x, width } = (await one.boundingBox()) as Box;
      return x + width;
    };
    const edge = await right(scroll);
    expect(edge).toBeLessThanOrEqual(390);
    if ((await right(head)) > edge) {
      // The shade at an edge behind which there is more: a gradient that the table's own ground covers at its end.
      const shade = await scroll.evaluate((one) => {
        // biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are not those of the tests
        const { backgroundImage, backgroundAttachment } = (globalThis as any).getComputedStyle(one);
        return { backgroundImage, backgroundAttachment };
      });
      expect(shade.backgroundImage).toContain("gradient");
      expect(shade.backgroundAttachment).toContain("local");
      await scroll.evaluate((one) => one.scrollTo(one.scrollWidth, 0));
    }
    await eventually(() => right(head)).toBeLessThanOrEqual(edge);
  });

  test.each(WIDTHS.flatMap((width) => ["study.html", "run.html"].map((name) => [name, width] as const)))(
    "every chart is drawn without scrolling to it, as a picture of the whole page needs it: %s at %i pixels",
    async (name, width) => {
      const page = await open(name, width);
      const canvases = name === "run.html" ? "#charts canvas" : "canvas";
      await eventually(async () => (await colouredPixels(page, canvases)).filter((pixels) => pixels > 300).length).toBe(
        name === "run.html" ? 4 : 6,
      );
      expect(await page.evaluate("scrollY")).toBe(0);
    },
  );
});

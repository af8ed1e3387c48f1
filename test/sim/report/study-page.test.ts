import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { StudyAnalysis } from "../../../src/sim/tune/study/analysis.ts";
import { CHROMIUM, colouredPixels, eventually, useBrowser } from "../../support/browser.ts";
import { balloonSim, scratchDirectory } from "../../support/command.ts";
import { journalText, madeUpStudy } from "../../support/made-up-study.ts";

const HOSTILE = "<img src=x onerror=globalThis.hacked=1>'\"&</script><script>hacked=1</script>";

const state = madeUpStudy({ trials: 300 });
const analysis = new StudyAnalysis(state);
const { knee, pick } = analysis;
const front = analysis.front.map(({ trial }) => trial);

// Without a browser there is nothing to test: apt-get install chromium, or name one in CHROMIUM.
describe.skipIf(CHROMIUM === undefined)("the page of a study in a browser", () => {
  const open = useBrowser();
  const directory = scratchDirectory();
  const path = (name: string) => join(directory, name);

  const report = (study: string, page: string) => {
    const { status, stderr } = balloonSim(["report", study, "-o", page], { cwd: directory });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  };

  beforeAll(() => {
    writeFileSync(path("my.study"), journalText(state));
    report("my.study", "study.html");
  });

  const selected = (page: Page) => page.locator("#trial h3").textContent();

  /** All charts are drawn only when they are seen. */
  const showAll = async (page: Page) => {
    for (const figure of await page.locator("#front-chart, #parallel-chart, #effect-charts figure").all()) {
      await figure.scrollIntoViewIfNeeded();
      await eventually(() => figure.locator("canvas").count()).toBe(1);
    }
  };

  test("draws every chart, says nothing on the console and asks the network for nothing", async () => {
    const { page, complaints, requests } = await open(path("study.html"));
    await showAll(page);
    const coloured = await colouredPixels(page, "canvas");
    expect(coloured).toHaveLength(2 + state.header.parameters.length);
    for (const count of coloured) expect(count).toBeGreaterThan(300);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
  });

  test("shows the trial that study best takes first, and beside it what it is worth", async () => {
    const { page } = await open(path("study.html"));
    expect(await selected(page)).toBe(`Trial ${pick}`);
    expect(pick).not.toBe(knee);
    expect(await page.locator("#trial .badge").allTextContents()).toEqual(["on the front", "default pick"]);
    expect(await page.locator("#trial pre").textContent()).toBe(
      `balloon-sim study best my.study --pick ${pick} -o rates.json`,
    );
  });

  test("keys go along the front, and to its ends", async () => {
    const { page } = await open(path("study.html"));
    await page.locator("#front-chart .plot").focus();
    await page.keyboard.press("Home");
    expect(await selected(page)).toBe(`Trial ${front[0]}`);
    await page.keyboard.press("ArrowRight");
    expect(await selected(page)).toBe(`Trial ${front[1]}`);
    expect(await page.locator("#spoken-trial").textContent()).toMatch(
      new RegExp(`^Trial ${front[1]}: time_to_target [\\d.]+ s, stall_full [\\d.]+ s$`),
    );
    await page.keyboard.press("End");
    expect(await selected(page)).toBe(`Trial ${front.at(-1)}`);
    const [all] = await colouredPixels(page, "#front-chart canvas");
    await page.keyboard.press("+");
    await page.keyboard.press("+");
    await eventually(async () => (await colouredPixels(page, "#front-chart canvas"))[0]).not.toBe(all);
    await page.keyboard.press("0");
    await eventually(async () => (await colouredPixels(page, "#front-chart canvas"))[0]).toBe(all);
    await page.keyboard.press("Shift+ArrowLeft");
    expect(await selected(page)).not.toBe(`Trial ${front.at(-1)}`);
    // From a trial beside the front, too.
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+ArrowRight");
    expect(front.map((trial) => `Trial ${trial}`)).not.toContain(await selected(page));
    await page.keyboard.press("End");
    expect(await selected(page)).toBe(`Trial ${front.at(-1)}`);
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+ArrowRight");
    await page.locator("#parallel-chart .plot").focus();
    await page.keyboard.press("ArrowLeft");
    expect(await selected(page)).toBe(`Trial ${front.at(-1)}`);
  });

  test("the mouse names the point under it, and a click selects the trial behind it in all charts", async () => {
    const { page } = await open(path("study.html"));
    const over = page.locator("#front-chart .u-over");
    await page.locator("#front-chart .plot").focus();
    await page.keyboard.press("Home");
    const ring = (await page.locator("#front-chart .ring:not(.hover)").boundingBox()) as { x: number; y: number };
    await page.keyboard.press("End");
    await page.mouse.move(ring.x + 7, ring.y + 7);
    await eventually(() => page.locator("#front-chart .tip").textContent()).toContain(
      `Trial ${front[0]}: time_to_target`,
    );
    await page.mouse.click(ring.x + 7, ring.y + 7);
    expect(await selected(page)).toBe(`Trial ${front[0]}`);
    expect(await page.locator("#traces [data-shown]").allTextContents()).toEqual(
      Array(3).fill(`trial\u00a0${front[0]}`),
    );
    await page.mouse.move(2, 2);
    await eventually(() => over.locator(".tip").isHidden()).toBe(true);
  });

  test("dragging zooms the front, a double click shows everything again", async () => {
    const { page } = await open(path("study.html"));
    const canvas = page.locator("#front-chart canvas");
    await canvas.scrollIntoViewIfNeeded();
    const picture = () => canvas.evaluate((one) => (one as unknown as { toDataURL(): string }).toDataURL());
    const before = await picture();
    const box = (await page.locator("#front-chart .u-over").boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    await page.mouse.move(box.x + 20, box.y + box.height * 0.6);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.8);
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.95);
    await page.mouse.up();
    await page.mouse.move(2, 2);
    await eventually(async () => before === (await picture())).toBe(false);
    await page.locator("#front-chart .u-over").dblclick({ position: { x: 8, y: 8 } });
    await page.mouse.move(2, 2);
    await eventually(async () => before === (await picture())).toBe(true);
  });

  test("the table of traces follows the selection, and says where it cannot", async () => {
    const { page } = await open(path("study.html"));
    const text = () => page.locator("#verdicts").innerText();
    await page.locator("#all-trials summary").click();
    await page.locator("#all-trials tbody tr").first().click();
    expect(await selected(page)).toBe("Trial 0, the reference");
    expect(await text()).toBe(
      "time_to_target: better on 0 traces, worse on 0 traces\nstall_full: better on 0 traces, worse on 0 traces",
    );
    const dominated = state.trials.findIndex(
      ({ trial, state: s }) => s === "complete" && trial > 0 && !front.includes(trial),
    );
    await page.locator("#all-trials tbody tr").nth(dominated).click();
    expect(await selected(page)).toBe(`Trial ${dominated}`);
    expect(await page.locator("#traces-known").innerText()).toContain(`Trial ${dominated} is not on the front`);
  });

  test("rows of the front select their trial, by mouse and by keys", async () => {
    const { page } = await open(path("study.html"));
    await page.getByText("The front as a table").click();
    const row = page.locator("#front tr[data-trial]").nth(2);
    await row.focus();
    await page.keyboard.press("Enter");
    expect(await selected(page)).toBe(`Trial ${await row.getAttribute("data-trial")}`);
    expect(await row.getAttribute("aria-selected")).toBe("true");
    expect(await page.locator("#front tr[aria-selected=true]").count()).toBe(1);
  });

  test("filters by dragging along an axis, by sliders, and none after Escape", async () => {
    const { page } = await open(path("study.html"));
    await showAll(page);
    const status = () => page.locator("#filter-status").textContent();
    const all = await status();
    const canvas = page.locator("#parallel-chart canvas");
    await canvas.scrollIntoViewIfNeeded();
    const box = (await canvas.boundingBox()) as { x: number; y: number; height: number };
    await page.mouse.move(box.x + 46, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 46, box.y + 120);
    await page.mouse.move(box.x + 46, box.y + 200);
    await page.mouse.up();
    const shown = (await status()) as string;
    expect(Number(shown.split(" ")[0])).toBeLessThan(Number((all as string).split(" ")[0]));
    await page.locator("#parallel-chart .plot").focus();
    await page.keyboard.press("Escape");
    expect(await status()).toBe(all);

    await page.getByText("Filters as sliders").click();
    const slider = page.getByLabel("alloc-max: at least");
    await slider.focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press("PageUp");
    const range = state.header.parameters[0] as { min: number; max: number };
    const above = state.trials.filter(
      ({ point, state: s }) => s === "complete" && (point[0] as number) >= Math.sqrt(range.min * range.max),
    );
    expect(Math.abs(Number(((await status()) as string).split(" ")[0]) - above.length)).toBeLessThanOrEqual(3);
    await page.locator("#clear-filters").click();
    expect(await status()).toBe(all);
  });

  test("other objectives can be looked at", async () => {
    const { page } = await open(path("study.html"));
    await showAll(page);
    const [effect, up] = [page.locator("#effect"), page.locator("#front-y")];
    expect(await effect.locator("option").allTextContents()).toHaveLength(state.header.objectives.length);
    for (const [select, selector] of [
      [effect, "#effect-charts canvas"],
      [up, "#front-chart canvas"],
    ] as const) {
      const canvas = page.locator(selector).first();
      const before = await canvas.screenshot();
      await select.selectOption({ label: "swap_traffic" });
      await eventually(async () => before.equals(await canvas.screenshot())).toBe(false);
    }
  });

  test("all trials can be sorted", async () => {
    const { page } = await open(path("study.html"));
    await page.locator("#all-trials summary").click();
    await page.locator("#all-trials").getByRole("button", { name: "alloc-max" }).click();
    const column = await page.locator("#all-trials tbody tr td:nth-child(5)").allTextContents();
    const numbers = column.map((text) => Number(text.replace(/\u2009/g, "")));
    const least = state.trials.map(({ point }) => point[0] as number).sort((a, b) => a - b);
    expect(numbers).toEqual(least.slice(0, 50));
  });

  test("on paper charts that were not seen yet are drawn, too", async () => {
    const { page } = await open(path("study.html"), { colorScheme: "dark" });
    await page.emulateMedia({ media: "print" });
    await eventually(() => page.locator("canvas").count()).toBe(2 + state.header.parameters.length);
    for (const count of await colouredPixels(page, "canvas")) expect(count).toBeGreaterThan(300);
  });

  test("names are text, whatever they look like", async () => {
    const hostile = madeUpStudy({ trials: 60, traces: [HOSTILE, "--><b>ramp</b>", "thrash"] });
    writeFileSync(path("<b>my.study"), journalText(hostile));
    report("<b>my.study", "hostile.html");
    const { page, complaints } = await open(path("hostile.html"));
    await showAll(page);
    await page.locator("#front-chart .plot").focus();
    await page.keyboard.press("Home");
    expect(await page.evaluate("typeof hacked")).toBe("undefined");
    expect(await page.locator("main img, main b, main script").count()).toBe(0);
    expect(await page.locator("h1").textContent()).toBe("<b>my.study");
    expect(await page.locator("#traces tbody th").first().textContent()).toBe(HOSTILE);
    expect(complaints).toEqual([]);
  });

  test("ten thousand trials are all there", async () => {
    writeFileSync(path("big.study"), journalText(madeUpStudy({ trials: 10_000 })));
    report("big.study", "big.html");
    const { page, complaints } = await open(path("big.html"));
    expect(await page.locator("#filter-status").textContent()).toMatch(
      /^9\u2009\d{3} of 10\u2009001 trials shown; of those beside the front one in 3 is drawn as a line$/,
    );
    await showAll(page);
    for (const count of await colouredPixels(page, "canvas")) expect(count).toBeGreaterThan(300);
    await page.locator("#all-trials summary").click();
    expect(await page.locator("#all-trials [role=status]").textContent()).toBe("1 to 50 of 10001");
    expect(complaints).toEqual([]);
  });
});

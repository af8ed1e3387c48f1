import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { StudyAnalysis } from "../../../src/sim/tune/study/analysis.ts";
import { journalText, madeUpStudy } from "../../support/fakes/made-up-study.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { CHROMIUM, colouredPixels, eventually, useBrowser } from "../../support/pages/browser.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

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

  const report = async (study: string, page: string) => {
    const { status, stderr } = await callBalloonSim(["report", study, "-o", page], { cwd: directory });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  };

  beforeAll(async () => {
    writeFileSync(path("my.study"), journalText(state));
    await report("my.study", "study.html");
  });

  const selected = (page: Page) => page.locator("#trial h3").textContent();

  /** All charts are drawn only when they are seen. */
  const showAll = async (page: Page) => {
    for (const figure of await page.locator("#front-chart, #parallel-chart, #effect-charts figure").all()) {
      await figure.scrollIntoViewIfNeeded();
      await eventually(() => figure.locator("canvas").count()).toBe(1);
    }
  };

  test("the page draws every chart, without a message on the console or a request to the network", async () => {
    const { page, complaints, requests } = await open(path("study.html"));
    await showAll(page);
    const coloured = await colouredPixels(page, "canvas");
    expect(coloured).toHaveLength(2 + state.header.parameters.length);
    for (const count of coloured) expect(count).toBeGreaterThan(300);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
  });

  test("the page shows the trial that study best takes first, and beside it its gains", async () => {
    const { page } = await open(path("study.html"));
    expect(await selected(page)).toBe(`Trial ${pick}`);
    expect(pick).not.toBe(knee);
    expect(await page.locator("#trial .badge").allTextContents()).toEqual(["on the front", "default pick"]);
    expect(await page.locator("#trial pre").textContent()).toBe(
      `balloon-sim study best my.study --pick ${pick} -o rates.json`,
    );
  });

  test("keys move along the front, and to its ends", async () => {
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

  test("a study that was judged in several worlds has bars: the ranges of its judged trials", async () => {
    writeFileSync(path("judged.study"), journalText(madeUpStudy({ trials: 60, judgedWorlds: 4 })));
    await report("judged.study", "judged.html");
    writeFileSync(path("alone.study"), journalText(madeUpStudy({ trials: 60 })));
    await report("alone.study", "alone.html");
    /** The page, and the number of lines that bars of the front's chart consist of when it is drawn again. */
    const drawn = async (name: string) => {
      const { page } = await open(path(name));
      await page.locator("#front-chart canvas").waitFor();
      const lines = await page.evaluate(() => {
        // biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are not those of the tests
        const { document, CanvasRenderingContext2D } = globalThis as any;
        const { stroke, moveTo, beginPath } = CanvasRenderingContext2D.prototype;
        const front = document.querySelector("#front-chart canvas");
        let [moves, lines] = [0, 0];
        Object.assign(CanvasRenderingContext2D.prototype, {
          // biome-ignore lint/suspicious/noExplicitAny: the same
          beginPath(this: any) {
            moves = 0;
            beginPath.call(this);
          },
          // biome-ignore lint/suspicious/noExplicitAny: the same
          moveTo(this: any, x: number, y: number) {
            moves++;
            moveTo.call(this, x, y);
          },
          // biome-ignore lint/suspicious/noExplicitAny: the same
          stroke(this: any, ...path: unknown[]) {
            if (this.canvas === front && /0\.55/.test(String(this.strokeStyle))) lines += moves;
            stroke.apply(this, path);
          },
        });
        document.querySelector("#theme").click();
        return new Promise<number>((done) => setTimeout(() => done(lines), 500));
      });
      return { page, lines };
    };
    const [judged, alone] = [await drawn("judged.html"), await drawn("alone.html")];
    // A bar is a line with two ends, in each direction.
    const { toJudge } = new StudyAnalysis(madeUpStudy({ trials: 60, judgedWorlds: 4 }));
    expect([judged.lines, alone.lines]).toEqual([toJudge.length * 6, 0]);
    expect(await judged.page.locator("#front .legend").textContent()).toContain("range in 4 worlds");
    expect(await alone.page.locator("#front .legend").textContent()).not.toContain("range");
    await judged.page.locator("#front-chart").scrollIntoViewIfNeeded();
    const ring = (await judged.page.locator("#front-chart .ring:not(.hover)").boundingBox()) as {
      x: number;
      y: number;
    };
    await judged.page.mouse.move(ring.x + 7, ring.y + 7);
    await eventually(() => judged.page.locator("#front-chart .tip").textContent()).toMatch(/ to \S+ in 4 worlds\)/);
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

  describe("of four trials", () => {
    /** Their alloc-max, time to target and stall; trial 0 is in the lower half of all, the front goes from left above to right below. */
    const FEW = [
      [1024, 40, 4],
      [4096, 10, 9],
      [16_384, 25, 5],
      [60_000, 90, 1],
    ] as const;

    beforeAll(async () => {
      const { header } = state;
      const objectives = [...header.objectives];
      const run = (values: Readonly<Record<string, number>>) => [
        { trace: 0, seed: 0, values: objectives.map((name) => values[name] ?? 0) },
      ];
      const trials = FEW.map(([allocMax, time_to_target, stall_full], trial) => ({
        trial,
        point: [allocMax, 16, 16_384, 4],
        state: "complete" as const,
        runs: run({ time_to_target, stall_full }),
      }));
      const one = { ...header, traces: header.traces.slice(0, 1), seeds: ["1"], requirements: [] };
      writeFileSync(path("few.study"), journalText({ header: one, trials, judgements: [] }));
      await report("few.study", "few.html");
    });

    /** Where pixels of a colour are in a canvas, as CSS pixels of it: the means of their places. */
    const placeOf = (page: Page, selector: string, [r, g, b]: readonly number[], [from, to]: readonly number[]) =>
      page.locator(selector).evaluate(
        (canvas, wanted) => {
          // biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are not those of the tests
          const { width, height, clientWidth } = canvas as any;
          // biome-ignore lint/suspicious/noExplicitAny: the same
          const { data } = (canvas as any).getContext("2d").getImageData(0, 0, width, height);
          const ratio = width / clientWidth;
          let [count, sum] = [0, 0];
          for (let i = 0; i < data.length; i += 4) {
            const x = ((i / 4) % width) / ratio;
            const isNear = wanted.rgb.every((channel, c) => Math.abs(channel - data[i + c]) < 40);
            if (!isNear || x < wanted.from || x > wanted.to) continue;
            count++;
            sum += Math.floor(i / 4 / width) / ratio;
          }
          return { count, y: sum / count, height: height / ratio };
        },
        { rgb: [r, g, b] as number[], from: from as number, to: to as number },
      );

    const rgbOf = async (page: Page, name: string) => {
      const hex = await page
        .locator("html")
        // biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are not those of the tests
        .evaluate((root, key) => (globalThis as any).getComputedStyle(root).getPropertyValue(`--${key}`).trim(), name);
      return [1, 3, 5].map((at) => Number.parseInt((hex as string).slice(at, at + 2), 16));
    };

    test("the front's chart has more above and to the right, and the trial under the mouse is the one that is there", async () => {
      const { page } = await open(path("few.html"));
      const over = page.locator("#front-chart .u-over");
      await over.scrollIntoViewIfNeeded();
      const { width, height } = (await over.boundingBox()) as { width: number; height: number };
      // The front goes from the left end above to the right end below: the outermost points lie 4 % of the axes inside.
      await over.click({ position: { x: width * 0.037, y: height * 0.037 } });
      expect(await selected(page)).toBe("Trial 1");
      await over.click({ position: { x: width * 0.963, y: height * 0.963 } });
      expect(await selected(page)).toBe("Trial 3");
    });

    test("steps of the front go by the corner that both trials are better than", async () => {
      const { page } = await open(path("few.html"));
      const over = page.locator("#front-chart .u-over");
      await over.scrollIntoViewIfNeeded();
      await eventually(() => page.locator("#front-chart canvas").count()).toBe(1);
      const canvas = (await page.locator("#front-chart canvas").boundingBox()) as { x: number };
      const box = (await over.boundingBox()) as { x: number; width: number };
      // Between trial 2 (25 s) and trial 3 (90 s) the line stays at the stall of trial 2, in the middle, until it falls at the end.
      const at = (seconds: number) => box.x - canvas.x + box.width * (0.037 + (0.926 * (seconds - 10)) / 80);
      const blue = await rgbOf(page, "blue");
      const ground = await rgbOf(page, "ground");
      const line = blue.map((channel, c) => 0.45 * channel + 0.55 * (ground[c] as number));
      const { count, y, height } = await placeOf(page, "#front-chart canvas", line, [at(45), at(70)]);
      expect(count).toBeGreaterThan(20);
      expect(y).toBeGreaterThan(0.3 * height);
      expect(y).toBeLessThan(0.7 * height);
    });

    test("parallel coordinates have more above", async () => {
      const { page } = await open(path("few.html"));
      const canvas = page.locator("#parallel-chart canvas");
      await canvas.scrollIntoViewIfNeeded();
      await eventually(() => canvas.count()).toBe(1);
      // The reference is dashed in vermilion; on the first axis its alloc-max of 1024 lies near the lower end of 512 to 65536.
      const reference = await placeOf(page, "#parallel-chart canvas", await rgbOf(page, "vermilion"), [47, 62]);
      expect(reference.count).toBeGreaterThan(5);
      expect(reference.y).toBeGreaterThan(0.6 * reference.height);
    });
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

  test("filters are set by dragging along an axis and by sliders, and removed by Escape", async () => {
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

  test("other objectives can be selected", async () => {
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

  test("the panel of a trial and the table of all trials say that their values are the search's own", async () => {
    const { page } = await open(path("study.html"));
    expect(await page.locator("#trial p.soft").textContent()).toBe("The search's own values, on the tuning traces");
    await page.locator("#all-trials summary").click();
    expect(await page.locator("#all-trials caption").textContent()).toContain("with the search's own values");
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

  test("names that look like HTML are text", async () => {
    const hostile = madeUpStudy({ trials: 60, traces: [HOSTILE, "--><b>ramp</b>", "thrash"] });
    writeFileSync(path("<b>my.study"), journalText(hostile));
    await report("<b>my.study", "hostile.html");
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

  test("ten thousand trials are all shown", async () => {
    writeFileSync(path("big.study"), journalText(madeUpStudy({ trials: 10_000 })));
    await report("big.study", "big.html");
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

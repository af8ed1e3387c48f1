import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { formatSize } from "../../../src/common/units.ts";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { CHROMIUM, colouredPixels, eventually, useBrowser } from "../../support/pages/browser.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

// Without a browser there is nothing to test: apt-get install chromium, or name one in CHROMIUM.
describe.skipIf(CHROMIUM === undefined)("the page of runs in a browser", () => {
  const open = useBrowser();
  const directory = scratchDirectory();
  const path = (name: string) => join(directory, name);

  const succeed = async (...args: string[]) => {
    const { status, stderr } = await callBalloonSim(args, { cwd: directory });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  };

  beforeAll(async () => {
    await succeed("run", "spike", "-o", "spike.csv");
    await succeed(
      "run",
      "spike",
      "--set",
      "alloc-max=8192",
      "-o",
      "fast.ndjson",
      "--format",
      "ndjson",
      "--columns",
      "all",
    );
    await succeed("report", "spike.csv", "-o", "one.html");
    await succeed("report", "spike.csv", "fast.ndjson", "-o", "two.html");
  });

  test("the page draws every chart, without a message on the console or a request to the network", async () => {
    const { page, complaints, requests } = await open(path("two.html"));
    const coloured = await colouredPixels(page, "#charts canvas");
    expect(coloured.length).toBeGreaterThanOrEqual(10);
    for (const count of coloured) expect(count).toBeGreaterThan(300);
    await page.getByText("More columns").click();
    for (const count of await colouredPixels(page, "#more-charts canvas")) expect(count).toBeGreaterThan(300);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
  });

  test("the mouse shows the values of all charts at one time", async () => {
    const { page } = await open(path("one.html"));
    const over = page.locator("#charts .u-over").first();
    const box = (await over.boundingBox()) as { width: number; height: number };
    await over.hover({ position: { x: box.width * 0.5, y: 40 } });
    await eventually(() => page.locator("#time-status").textContent()).toMatch(/^0s to 4m, at (1m59|2m)/);
    const values = await page.locator("#charts .legend .value").allTextContents();
    expect(values.length).toBeGreaterThan(8);
    expect(values[0]).toBe("2 GiB");
    expect(values.every((text) => text !== "")).toBe(true);
    await page.mouse.move(5, 5);
    await eventually(() => page.locator("#time-status").textContent()).toBe("0s to 4m");
  });

  test("dragging zooms all charts, a double click shows everything again", async () => {
    const { page } = await open(path("one.html"));
    const over = page.locator("#charts .u-over").nth(1);
    await over.scrollIntoViewIfNeeded();
    const box = (await over.boundingBox()) as { x: number; y: number; width: number; height: number };
    const at = (share: number) => [box.x + box.width * share, box.y + box.height / 2] as const;
    await page.mouse.move(...at(0.25));
    await page.mouse.down();
    await page.mouse.move(...at(0.4));
    await page.mouse.move(...at(0.5));
    await page.mouse.up();
    await eventually(() => page.locator("#time-status").textContent()).toMatch(/^(59|1m0?)[\d.]*s? to (1m59|2m)/);
    await over.dblclick();
    await eventually(() => page.locator("#time-status").textContent()).toMatch(/^0s to 4m/);
  });

  test("keys move the cursor, zoom, and announce the values to screen readers", async () => {
    const { page } = await open(path("one.html"));
    await page.locator("#charts .plot").first().focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowRight");
    expect(await page.locator("#spoken").textContent()).toMatch(/^4m: balloon 1 GiB, .*, target 1 GiB$/);
    await page.keyboard.press("+");
    await eventually(() => page.locator("#time-status").textContent()).toBe("2m to 4m, at 4m");
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+ArrowLeft");
    const [from] = ((await page.locator("#time-status").textContent()) as string).split(" to ");
    expect(from).toMatch(/^1m5\d/);
    await page.keyboard.press("0");
    await eventually(() => page.locator("#time-status").textContent()).toMatch(/^0s to 4m/);
  });

  test("every control is reached by the tab key and shows that it has the focus", async () => {
    const { page } = await open(path("one.html"));
    const seen: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      const [name, outline] = await page.evaluate(() => {
        // biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are not those of the tests
        const { document, getComputedStyle } = globalThis as any;
        const element = document.activeElement;
        return [element.id || element.className || element.tagName, getComputedStyle(element).outlineStyle];
      });
      if (name === "BODY") break;
      expect([name, outline]).toEqual([name, "solid"]);
      seen.push(name);
    }
    expect(seen).toEqual(expect.arrayContaining(["skip", "theme", "zoom-in", "zoom-out", "plot", "SUMMARY"]));
    expect(seen.filter((name) => name === "plot")).toHaveLength(4);
  });

  test("a curve can be hidden and shown", async () => {
    const { page } = await open(path("one.html"));
    const canvas = page.locator("#charts canvas").first();
    const before = await canvas.screenshot();
    const button = page.locator("#charts .legend button").first();
    await button.click();
    expect(await button.getAttribute("aria-pressed")).toBe("false");
    await eventually(async () => before.equals(await canvas.screenshot())).toBe(false);
    await button.click();
    await page.mouse.move(5, 5);
    await eventually(async () => before.equals(await canvas.screenshot())).toBe(true);
  });

  test("a chart without curves has no colours but those of the edges of its numbers", async () => {
    const { page } = await open(path("one.html"));
    for (const button of await page.locator("#charts figure:first-child .legend button").all()) await button.click();
    await eventually(async () => (await colouredPixels(page, "#charts canvas"))[0]).toBeLessThan(100);
  });

  test("the page is dark or light as the system is, and as its button says", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await open(path("one.html"), { colorScheme });
      const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
      const [first, second] = ["rgb(255, 255, 255)", "rgb(13, 17, 23)"];
      expect(await ground()).toBe(colorScheme === "light" ? first : second);
      const canvas = page.locator("#charts canvas").first();
      const before = await canvas.screenshot();
      await page.locator("#theme").click();
      expect(await ground()).toBe(colorScheme === "light" ? second : first);
      await eventually(async () => before.equals(await canvas.screenshot())).toBe(false);
    }
  });

  test("the printed page is light, without controls, and has the charts", async () => {
    const { page } = await open(path("one.html"), { colorScheme: "dark" });
    await page.emulateMedia({ media: "print" });
    await eventually(() => page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    for (const selector of ["#theme", "#zoom-in", "nav"]) expect(await page.locator(selector).isVisible()).toBe(false);
    for (const count of await colouredPixels(page, "#charts canvas")) expect(count).toBeGreaterThan(300);
    expect((await page.pdf({ format: "A4" })).length).toBeGreaterThan(20_000);
    await page.emulateMedia({ media: "screen" });
    await eventually(() => page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(13, 17, 23)");
  });

  test("the page has no motion for a user who prefers less", async () => {
    const { page } = await open(path("one.html"), { reducedMotion: "reduce" });
    expect(await page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")).toBe("auto");
    expect(await page.evaluate("document.getAnimations().length")).toBe(0);
  });

  test("a table behind a chart has every row of the file", async () => {
    const { page } = await open(path("one.html"));
    const details = page.locator("#charts figure").first().locator("details");
    await details.locator("summary").click();
    const csv = readFileSync(path("spike.csv"), "utf8").trimEnd().split("\n");
    const rows = csv.length - 1;
    expect(await details.getByRole("status").textContent()).toBe(`1 to 50 of ${rows}`);
    await details.getByRole("button", { name: "Time" }).click();
    await details.getByRole("button", { name: "Time" }).click();
    expect(await details.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("descending");
    const [head, ...lines] = csv.map((line) => line.split(","));
    const last = (column: string) => formatSize(Number(lines.at(-1)?.[head?.indexOf(column) as number]));
    const sizes = ["size", "free", "cache", "anon", "swap", "target"].map((column) =>
      last(column).replace(/\B(?=.iB)/, " "),
    );
    const cells = await details.locator("tbody tr").first().locator("th, td").allTextContents();
    expect(cells).toEqual(["4m", ...sizes]);
    await details.getByRole("button", { name: "Next rows" }).click();
    expect(await details.getByRole("status").textContent()).toBe(`51 to 100 of ${rows}`);
  });

  test("a narrow window has no sideways scroll, and charts as wide as it", async () => {
    const { page } = await open(path("two.html"), { viewport: { width: 380, height: 700 } });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(380);
    const box = (await page.locator("#charts .uplot").first().boundingBox()) as { width: number };
    expect(box.width).toBeGreaterThan(300);
  });

  test("times of trouble are told without scripts, and marked in the charts: a button shows one, a click opens its text", async () => {
    await succeed("report", "spike", "-o", "trouble.html");
    const still = await open(path("trouble.html"), { javaScriptEnabled: false });
    const first = still.page.locator("#trouble-1");
    await first.locator("li").first().waitFor();
    const title = (await first.locator("summary").textContent()) ?? "";
    const [, until] = /^1\. 1m30\.2s to 1m(4\d(?:\.\d)?)s: db waited \d\.\d+s for memory$/.exec(title) ?? [];
    expect(until).toBeDefined();
    expect(await first.textContent()).toContain("pages that are needed go to swap and come back");
    expect(await still.page.locator("#trouble-1-show").isVisible()).toBe(false);
    // Also without scripts another one opens.
    await still.page.locator("#trouble-2 summary").click();
    expect(await still.page.locator("#trouble-2 li").first().isVisible()).toBe(true);

    const { page, complaints } = await open(path("trouble.html"));
    await page.locator("#trouble-1-show").focus();
    await page.keyboard.press("Enter");
    const status = () => page.locator("#time-status").textContent();
    await eventually(status).toMatch(/^1m\S+s to 1m\S+s, at 1m35/);
    const [, from, to] = /^1m(\S+)s to 1m(\S+)s,/.exec((await status()) ?? "") ?? [];
    // As much again on either side.
    const length = Number(until) - 30.2;
    expect(Math.abs(Number(from) - (30.2 - length))).toBeLessThan(0.3);
    expect(Math.abs(Number(to) - (Number(until) + length))).toBeLessThan(0.3);
    await eventually(() => page.locator("#trouble-now").textContent()).toBe(title);
    await page.locator("#zoom-all").click();
    await page.locator("#trouble-1 summary").click();
    expect(await page.locator("#trouble-1 li").first().isVisible()).toBe(false);
    const over = page.locator("#charts .u-over").first();
    await over.scrollIntoViewIfNeeded();
    const { width } = (await over.boundingBox()) as { width: number };
    await over.click({ position: { x: (width * 95) / 240, y: 60 } });
    await eventually(() => page.locator("#trouble-1 li").first().isVisible()).toBe(true);
    // Outside of the marks a click opens nothing.
    await page.locator("#trouble-1 summary").click();
    await over.click({ position: { x: (width * 200) / 240, y: 60 } });
    expect(await page.locator("#trouble-1 li").first().isVisible()).toBe(false);
    expect(complaints).toEqual([]);
  });

  test("a run without trouble says so; of rows alone there is no such section", async () => {
    await succeed("report", "steady", "-o", "steady.html");
    expect(readFileSync(path("steady.html"), "utf8")).toContain(
      "No task waited for memory, nothing failed or was refused",
    );
    expect(readFileSync(path("one.html"), "utf8")).not.toContain("Times of trouble");
  });
});

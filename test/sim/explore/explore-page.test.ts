import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { violations } from "../../support/pages/accessibility.ts";
import { CHROMIUM, colouredPixels, eventually, useBrowser } from "../../support/pages/browser.ts";
import { balloonSim, scratchDirectory } from "../../support/processes/command.ts";

// Without a browser there is nothing to test: apt-get install chromium, or name one in CHROMIUM.
describe.skipIf(CHROMIUM === undefined)("the explorer in a browser", () => {
  const openFile = useBrowser();
  const directory = scratchDirectory();
  const path = (name: string) => join(directory, name);

  beforeAll(async () => {
    const { status, stderr } = await callBalloonSim(
      ["explore", "spike", "steady", "no-swap-oom", "recorded/proc-capture", "-o", "explore.html"],
      { cwd: directory },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  /** What the curves show: the command that prints their rows. */
  const shown = (page: Page) => page.locator("#curves").getAttribute("data-shown");

  const open: typeof openFile = async (name, options) => {
    const opened = await openFile(path(name), options);
    await eventually(() => shown(opened.page)).toMatch(/^balloon-sim run/);
    return opened;
  };

  /** Opens the page at an address. */
  async function openAt(fragment: string, command: string) {
    const opened = await open("explore.html");
    await opened.page.evaluate(`location.hash = ${JSON.stringify(fragment)}`);
    await eventually(() => shown(opened.page)).toBe(command);
    return opened;
  }

  const field = (page: Page, name: string) => page.locator(`.field[data-name="${name}"] input[type=number]`);
  const slider = (page: Page, name: string) => page.locator(`.field[data-name="${name}"] input[type=range]`);

  /** Presses a button that saves a file; its text. */
  async function saved(page: Page, button: string): Promise<string> {
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator(button).click()]);
    return readFileSync(await download.path(), "utf8");
  }

  /** What a command of the page prints. */
  function printed(command: string | null): string {
    const [program, ...args] = (command ?? "").split(" ");
    expect(program).toBe("balloon-sim");
    const { status, stdout, stderr } = balloonSim(args, { cwd: directory });
    expect({ status, stderr: stderr.replace(/^balloon-sim: (?:note|.*OOM kills?).*\n/gm, "") }).toEqual({
      status: 0,
      stderr: "",
    });
    return stdout;
  }

  test("draws every chart, without a message on the console or a request to the network", async () => {
    const { page, complaints, requests } = await open("explore.html");
    const coloured = await colouredPixels(page, "#curves canvas");
    expect(coloured).toHaveLength(4);
    for (const count of coloured) expect(count).toBeGreaterThan(200);
    await eventually(() => page.locator("#results-about").textContent()).toMatch(/^Medians of 5 worlds/);
    expect(complaints).toEqual([]);
    // The worker is a part of the page itself.
    expect(requests.filter((url) => !url.startsWith("blob:"))).toEqual([]);
  });

  test.each([
    ["trace=spike&set=alloc-max:4096,free-max:2048", "balloon-sim run spike --set alloc-max=4096 --set free-max=2048"],
    ["trace=steady&driver=virtio-balloon", "balloon-sim run steady --driver virtio-balloon"],
    ["trace=recorded/proc-capture", "balloon-sim run recorded/proc-capture"],
  ])("at %s its rows are those that its command prints, byte for byte", async (fragment, command) => {
    const { page } = await openAt(fragment, command);
    expect(await page.locator("#command").textContent()).toBe(command);
    expect(await saved(page, "#save-rows")).toBe(printed(command));
  });

  test("an edited trace that is saved makes the same rows, too", async () => {
    const { page } = await open("explore.html");
    await field(page, "memory").fill("3072");
    await field(page, "pace").fill("1.5");
    const command = "balloon-sim run spike-edited.json";
    await eventually(() => shown(page)).toBe(command);
    writeFileSync(path("spike-edited.json"), await saved(page, "#save-trace"));
    expect(await saved(page, "#save-rows")).toBe(printed(command));
  });

  test("constants that are saved are a file for --rates", async () => {
    const { page } = await openAt("trace=spike&set=alloc-max:4096", "balloon-sim run spike --set alloc-max=4096");
    writeFileSync(path("rates.json"), await saved(page, "#save-rates"));
    expect(printed("balloon-sim run spike --rates rates.json")).toBe(
      printed("balloon-sim run spike --set alloc-max=4096"),
    );
  });

  test("a slider that moves changes the number, the curves, the results and the address", async () => {
    const { page } = await open("explore.html");
    await eventually(() => page.locator("#results-about").textContent()).toMatch(/^Medians/);
    const canvas = page.locator("#main-chart canvas");
    const before = await canvas.screenshot();
    await slider(page, "alloc-max").focus();
    for (let i = 0; i < 30; i++) await page.keyboard.press("ArrowRight");
    const value = Number(await field(page, "alloc-max").inputValue());
    expect(value).toBeGreaterThan(4000);
    await eventually(() => shown(page)).toBe(`balloon-sim run spike --set alloc-max=${value}`);
    expect(before.equals(await canvas.screenshot())).toBe(false);
    const change = page.locator('#results tr[data-name="time_to_target"] td').nth(2);
    await eventually(() => change.getAttribute("class")).toBe("n win");
    await eventually(() => page.evaluate("location.hash")).toContain(`set=alloc-max:${value}`);
  });

  test("a lower bound goes along with the upper one, and the other way round", async () => {
    const { page } = await open("explore.html");
    await field(page, "alloc-max").fill("100");
    expect(await field(page, "alloc-min").inputValue()).toBe("100");
    await field(page, "alloc-min").fill("300");
    expect(await field(page, "alloc-max").inputValue()).toBe("300");
    await eventually(() => shown(page)).toBe("balloon-sim run spike --set alloc-min=300 --set alloc-max=300");
  });

  test("a value that is not valid changes nothing, and does not stay", async () => {
    const { page } = await open("explore.html");
    const input = field(page, "alloc-max");
    await input.fill("-3");
    expect(await input.getAttribute("aria-invalid")).toBe("true");
    await input.blur();
    expect(await input.inputValue()).toBe("2048");
    expect(await shown(page)).toBe("balloon-sim run spike");
  });

  test("a guest that can't be is reported, and the next one is run", async () => {
    const { page } = await open("explore.html");
    await field(page, "memory").fill("64");
    await eventually(() => page.locator("#status").getAttribute("class")).toContain("error");
    expect(await page.locator("#status").textContent()).toMatch(/memory/);
    await field(page, "memory").fill("4000");
    await eventually(() => page.locator("#status").getAttribute("class")).not.toContain("error");
  });

  test("what is pinned stays behind, and what is shown is compared with it", async () => {
    const { page } = await openAt("trace=spike&set=alloc-max:8192", "balloon-sim run spike --set alloc-max=8192");
    await page.locator("#pin").click();
    await eventually(() => page.locator('#results tr[data-name="time_to_target"]').getAttribute("class")).toBe("same");
    await field(page, "alloc-max").fill("2048");
    const change = page.locator('#results tr[data-name="time_to_target"] td').nth(2);
    await eventually(() => change.getAttribute("class")).toBe("n loss");
    expect(await page.locator("#main-chart .legend button").first().textContent()).toMatch(/^balloon, pinned/);
    await page.locator("#to-pinned").click();
    await eventually(() => shown(page)).toBe("balloon-sim run spike --set alloc-max=8192");
    expect(await field(page, "alloc-max").inputValue()).toBe("8192");
  });

  test("the cursor shows every column at its time, and steps from row to row", async () => {
    const { page } = await openAt("trace=spike&at=60", "balloon-sim run spike");
    await eventually(() => page.locator("#cursor-time").textContent()).toMatch(/^59\.\d+ s$/);
    const cells = page.locator("#cursor-first td, #cursor-more td");
    expect(await cells.count()).toBeGreaterThan(60);
    for (const text of await cells.allTextContents()) expect(text).not.toBe("–");
    await page.locator("#row-on").click();
    await eventually(() => page.locator("#cursor-time").textContent()).toMatch(/^60\.\d+ s$/);
    await page.locator("#main-chart .plot").focus();
    await page.keyboard.press("ArrowLeft");
    await eventually(() => page.locator("#cursor-time").textContent()).toMatch(/^59\.\d+ s$/);
  });

  test("OOM kills are reported", async () => {
    const { page } = await openAt("trace=no-swap-oom", "balloon-sim run no-swap-oom");
    await eventually(() => page.locator("#notes").textContent()).toContain("4 times");
  });

  test.each([
    ["light", 1440],
    ["dark", 1440],
    ["light", 390],
  ] as const)("has nothing that axe-core finds wrong: %s, %i pixels wide", async (colorScheme, width) => {
    const { page } = await open("explore.html", { colorScheme, viewport: { width, height: 844 } });
    await field(page, "alloc-max").fill("4096");
    await eventually(() => shown(page)).toContain("alloc-max=4096");
    await eventually(() => page.locator("#results-about").textContent()).toMatch(/^Medians/);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });

  test("a thousand changes leave no more memory in use than a hundred", async () => {
    const { page } = await open("explore.html");
    const cdp = await page.context().newCDPSession(page);
    const used = async () => {
      await cdp.send("HeapProfiler.collectGarbage");
      const { usedSize } = await cdp.send("Runtime.getHeapUsage");
      return usedSize;
    };
    await page.locator("#trace").selectOption("steady");
    const move = async (from: number, to: number) => {
      await page.evaluate(`(async () => {
        const input = document.querySelector('.field[data-name="alloc-max"] input[type=number]');
        for (let i = ${from}; i < ${to}; i++) {
          input.value = String(600 + i);
          input.dispatchEvent(new Event("input", { bubbles: true }));
          await new Promise((done) => setTimeout(done, 4));
        }
      })()`);
      await eventually(() => shown(page)).toBe(`balloon-sim run steady --set alloc-max=${600 + to - 1}`);
    };
    await move(0, 100);
    const before = await used();
    await move(100, 1000);
    expect((await used()) - before).toBeLessThan(3_000_000);
  });
});

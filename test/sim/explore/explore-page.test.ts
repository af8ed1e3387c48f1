import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { violations } from "../../support/pages/accessibility.ts";
import { CHROMIUM, colouredPixels, eventually, useBrowser } from "../../support/pages/browser.ts";
import { balloonSim, ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(4);

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

  /** The visible text that describes a control. */
  const described = async (control: Locator) => {
    const ids = ((await control.getAttribute("aria-describedby")) ?? "").split(" ");
    const texts = await Promise.all(
      ids.map(async (id) => {
        const about = control.page().locator(`[id="${id}"]`);
        return (await about.isVisible()) ? ((await about.textContent()) ?? "") : "";
      }),
    );
    return texts.join(" ").trim();
  };

  /** What is left out of the link. */
  const refused = (page: Page) => page.locator("#refused").textContent();

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
    expect({ status, stderr: stderr.replace(/^balloon-sim: (?:note|warning|.*OOM kills?).*\n/gm, "") }).toEqual({
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
    expect(await described(input)).toMatch(/Expected a whole number from 1 to \d+; 2048 stays\.$/);
    await input.blur();
    expect(await described(input)).toMatch(/; 2048 stays\.$/);
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

  test("the rates of a study's best trial are chosen from a list", async () => {
    const study = ["spike", "--minimize", "reclaim_time", "--set", "alloc-max=64..65536", "--trials", "6", "-q"];
    expect(await callBalloonSim(["tune", ...study, "--study", "s.jsonl"], { cwd: directory })).toMatchObject({
      status: 0,
    });
    await callBalloonSim(["explore", "s.jsonl", "-o", "study.html"], { cwd: directory });
    const { page } = await open("study.html");
    const list = page.getByLabel("Values of");
    expect(await list.inputValue()).toBe("");
    await list.selectOption({ index: 1 });
    await eventually(() => shown(page)).toMatch(/^balloon-sim run spike --set alloc-max=\d+/);
    await field(page, "alloc-max").fill("3000");
    await field(page, "alloc-max").press("Enter");
    await eventually(() => list.inputValue()).toBe("");
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

  /** The target in the address. */
  const target = (page: Page) => page.evaluate("new URLSearchParams(location.hash.slice(1)).get('target')");
  const box = async (page: Page, selector: string) =>
    (await page.locator(selector).boundingBox()) as { x: number; y: number; width: number; height: number };

  test("a point of the target is dragged with the mouse, and the run follows", async () => {
    const { page } = await open("explore.html");
    const { x, y, width, height } = await box(page, ".handle >> nth=1");
    const [left, top] = [x + width / 2, y + height / 2];
    await page.mouse.move(left, top);
    await page.mouse.down();
    await page.mouse.move(left + 40, top + 40, { steps: 8 });
    await eventually(() => shown(page)).toBe("balloon-sim run spike-edited.json");
    await page.mouse.move(left + 80, top + 80, { steps: 8 });
    await page.mouse.up();
    await eventually(() => target(page)).toMatch(/^0:0,[34]\d(?:\.5)?:\d+MiB,150:1GiB$/);
    expect(await page.locator(".handle").nth(1).getAttribute("aria-label")).toMatch(
      /^Target, point 2 of 3: 1\.\d+ GiB from [34]/,
    );
    // What is saved is what was drawn.
    writeFileSync(path("spike-edited.json"), await saved(page, "#save-trace"));
    expect(await saved(page, "#save-rows")).toBe(printed("balloon-sim run spike-edited.json"));
    await page.locator("#target-reset").click();
    await eventually(() => shown(page)).toBe("balloon-sim run spike");
  });

  test("points are moved, added and removed by keys", async () => {
    const { page } = await open("explore.html");
    await page.locator(".handle").nth(2).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowDown");
    await eventually(() => target(page)).toMatch(/^0:0,10:2GiB,150\.5:8\d\dMiB$/);
    await page.keyboard.press("Insert");
    await eventually(() => page.locator(".handle").count()).toBe(4);
    await page.keyboard.press("Delete");
    await eventually(() => page.locator(".handle").count()).toBe(3);
    await page.keyboard.press("Delete");
    await eventually(() => target(page)).toBe("0:0,10:2GiB");
    // The first point is the target at the beginning: it stays, and only its size changes.
    await page.locator(".handle").nth(0).focus();
    await page.keyboard.press("Delete");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowUp");
    await eventually(() => target(page)).toMatch(/^0:\d+MiB,10:2GiB$/);
  });

  test("a tap adds a point while the target is drawn, and only then", async () => {
    const { page } = await open("explore.html", { hasTouch: true, viewport: { width: 390, height: 844 } });
    const { x, y, width, height } = await box(page, "#main-chart .u-over");
    const tap = () => page.touchscreen.tap(x + width * 0.85, y + height * 0.4);
    await tap();
    expect(await page.locator(".handle").count()).toBe(3);
    await page.locator("#target-draw").click();
    await page.evaluate("scrollTo(0, 0)");
    await tap();
    await eventually(() => page.locator(".handle").count()).toBe(4);
    await eventually(() => target(page)).toMatch(/^0:0,10:2GiB,150:1GiB,20\d:[23]\d*[GM]iB$/);
  });

  test("a target is written point by point; what is not valid is marked", async () => {
    const { page } = await open("explore.html");
    const input = (point: number, name: "Time" | "Size") => page.getByLabel(`${name} of point ${point}`);
    await input(2, "Time").fill("1m");
    await input(2, "Time").press("Tab");
    await eventually(() => target(page)).toBe("0:0,60:2GiB,150:1GiB");
    await input(3, "Size").fill("300MiB");
    await input(3, "Size").press("Tab");
    await eventually(() => target(page)).toBe("0:0,60:2GiB,150:300MiB");
    await input(3, "Time").fill("30s");
    await input(3, "Time").press("Tab");
    await eventually(() => input(3, "Time").getAttribute("aria-invalid")).toBe("true");
    expect(await described(input(3, "Time"))).toMatch(/^Expected a time such as .*, after 1m and up to [\dms.]+\.$/);
    for (const text of ["50%", "garbage", "99999TiB"]) {
      await input(3, "Size").fill(text);
      await input(3, "Size").press("Tab");
      await eventually(() => input(3, "Size").getAttribute("aria-invalid")).toBe("true");
      expect(await described(input(3, "Size"))).toBe("Expected a size such as 512MiB or 1.5GiB, below 16TiB.");
    }
    expect(await target(page)).toBe("0:0,60:2GiB,150:300MiB");
    await page.locator("#target-hold").selectOption("linear");
    await eventually(() => page.evaluate("location.hash")).toContain("hold=linear");
  });

  const OWN = {
    format: "balloon-sim/trace",
    version: 1,
    duration: "2m",
    guest: { memory: "1GiB" },
    host: {
      target: [
        [0, 0],
        [9, "300MiB"],
      ],
    },
  };

  test("a target that repeats is drawn anew", async () => {
    const { page } = await open("explore.html");
    const repeating = {
      ...OWN,
      host: {
        target: {
          points: [
            [0, 0],
            [5, "100MiB"],
          ],
          repeat: 10,
        },
      },
    };
    const buffer = Buffer.from(JSON.stringify(repeating));
    await page.locator("#open-file").setInputFiles({ name: "saw.json", mimeType: "application/json", buffer });
    await eventually(() => shown(page)).toBe("balloon-sim run saw.json");
    expect(await page.locator(".handle").count()).toBe(0);
    await page.locator("#target-anew").click();
    await eventually(() => shown(page)).toBe("balloon-sim run saw-edited.json");
    expect(await page.locator(".handle").count()).toBe(3);
  });

  test("a file of the reader is opened, and its link shows it in another window", async () => {
    const { page } = await open("explore.html");
    await page
      .locator("#open-file")
      .setInputFiles({ name: "mine.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(OWN)) });
    await eventually(() => shown(page)).toBe("balloon-sim run mine.json");
    expect(await page.locator("#trace").inputValue()).toBe("mine.json");
    await field(page, "alloc-max").fill("4096");
    await eventually(() => page.evaluate("location.hash")).toMatch(/set=alloc-max:4096.*&own=/);
    const fragment = (await page.evaluate("location.hash")) as string;
    const { page: other } = await openAt(fragment.slice(1), "balloon-sim run mine.json --set alloc-max=4096");
    writeFileSync(path("mine.json"), await saved(other, "#save-trace"));
    expect(JSON.parse(readFileSync(path("mine.json"), "utf8"))).toEqual(OWN);
    expect(await saved(other, "#save-rows")).toBe(printed("balloon-sim run mine.json --set alloc-max=4096"));
  });

  test("a long run is thinned, and drawn with no more lines than the charts have pixels", async () => {
    const { page } = await open("explore.html");
    await page.evaluate(`(() => {
      globalThis.lines = 0;
      const { lineTo } = Path2D.prototype;
      Path2D.prototype.lineTo = function (x, y) {
        globalThis.lines++;
        return lineTo.call(this, x, y);
      };
    })()`);
    const target = {
      points: [
        [0, 0],
        [3, "300MiB"],
      ],
      repeat: 6,
    };
    const long = { ...OWN, duration: "10h", host: { target } };
    const buffer = Buffer.from(JSON.stringify(long));
    await page.locator("#open-file").setInputFiles({ name: "long.json", mimeType: "application/json", buffer });
    await eventually(() => shown(page)).toBe("balloon-sim run long.json");
    expect(await page.locator("#status").textContent()).toMatch(
      /^3\d{4} rows in \d+ ms, thinned to \d+ for the charts$/,
    );
    await page.evaluate("globalThis.lines = 0");
    await page.locator("#zoom-in").click();
    await page.locator("#zoom-all").click();
    await eventually(() => page.evaluate("globalThis.lines")).toBeGreaterThan(0);
    // Two pictures of four charts with some five stepped curves, of some three lines in a column of pixels.
    const pixels = (await page.locator("#main-chart canvas").getAttribute("width")) as string;
    expect(await page.evaluate("globalThis.lines")).toBeLessThan(2 * 20 * 3 * Number(pixels));
  });

  test("a file that is dropped is shown, or refused with its place", async () => {
    const { page } = await open("explore.html");
    const drop = (name: string, text: string) =>
      page.evaluate(`(() => {
        const data = new DataTransfer();
        data.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}));
        document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
      })()`);
    await drop("log.csv", "time,size\n0,1\n");
    await eventually(() => refused(page)).toMatch(/^log\.csv:1:1: expected a trace.*balloon-sim import/);
    await drop("dropped.json", JSON.stringify(OWN));
    await eventually(() => shown(page)).toBe("balloon-sim run dropped.json");
  });

  test.each([
    ["esxtop/capture.csv", ["web01.jsonl", "db_old_2_copy_x.jsonl", "no-tools.jsonl"]],
    ["free/web03.log", ["web03.jsonl"]],
    ["sar/german.txt", ["web03.jsonl"]],
    ["nmon/app08_261126_2359.nmon", ["app08.jsonl"]],
  ])("%s is made into the traces that import makes of it, byte for byte", async (log, names) => {
    const { page } = await open("explore.html");
    const before = await page.locator("#trace option").count();
    const file = basename(log);
    copyFileSync(join(ROOT, "test/sim/import/fixtures", log), path(file));
    await page.locator("#open-file").setInputFiles(path(file));
    for (const name of names) {
      await eventually(() => page.locator("#trace option").allTextContents()).toContain(name);
      await page.locator("#trace").selectOption(name);
      await eventually(() => shown(page)).toBe(`balloon-sim run ${name}`);
      const note = await page.locator("#notes li", { hasText: `Made of ${file}, as this command does:` }).textContent();
      // The name of a machine may need quotes.
      const [, args] = /balloon-sim (import .*)$/.exec(note ?? "") ?? [];
      const shell = `"${process.execPath}" "${join(ROOT, "bin/balloon-sim.js")}" ${args}`;
      const { status } = spawnSync("sh", ["-c", shell], { cwd: directory });
      expect(status).toBe(0);
      expect(await saved(page, "#save-trace")).toBe(readFileSync(path(name), "utf8"));
      expect(await page.locator("#command-note").isVisible()).toBe(true);
      expect(await saved(page, "#save-rows")).toBe(printed(`balloon-sim run ${name}`));
    }
    expect(await page.locator("#trace option").count()).toBe(before + names.length);
  });

  test("a log that needs an option is refused with the command; of several files the first is shown, all are listed", async () => {
    const { page } = await open("explore.html");
    const json = (name: string) => ({
      name,
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify({ ...OWN, name })),
    });
    const log = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
    const vmstat = readFileSync(join(ROOT, "test/sim/import/fixtures/vmstat/screens.log"), "utf8");
    const free = readFileSync(join(ROOT, "test/sim/import/fixtures/free/web03.log"), "utf8");
    await page
      .locator("#open-file")
      .setInputFiles([log("vm.log", vmstat), json("one.json"), json("two.json"), log("f.log", free)]);
    await eventually(() => refused(page)).toMatch(
      /^vm\.log: the RAM .* is not in the log .*--memory.*balloon-sim import vm\.log -o trace\.jsonl makes a trace/,
    );
    await eventually(() => page.locator("#trace option").allTextContents()).toEqual(
      expect.arrayContaining(["one.json", "two.json", "f.jsonl"]),
    );
    await page.locator("#open-file").setInputFiles([json("three.json"), json("two.json")]);
    await eventually(() => shown(page)).toBe("balloon-sim run three.json");
    expect(await refused(page)).toBe("");
  });

  test("Back shows the trace before, as it was left, and Forward the later one", async () => {
    const { page } = await open("explore.html");
    await field(page, "alloc-max").fill("4096");
    await page.locator("#trace").selectOption("steady");
    await eventually(() => shown(page)).toBe("balloon-sim run steady");
    await field(page, "alloc-max").fill("1024");
    await field(page, "alloc-max").fill("1025");
    await eventually(() => page.evaluate("location.hash")).toContain("set=alloc-max:1025");
    await page.goBack();
    await eventually(() => shown(page)).toBe("balloon-sim run spike --set alloc-max=4096");
    expect(await page.locator("#trace").inputValue()).toBe("spike");
    expect(await field(page, "alloc-max").inputValue()).toBe("4096");
    await page.goForward();
    await eventually(() => shown(page)).toBe("balloon-sim run steady --set alloc-max=1025");
  });

  test("paper has the command and the settings, of the pinned run, too, and no controls", async () => {
    const { page } = await openAt(
      "trace=spike&driver=virtio-balloon&memory=3GiB&pace=1.5",
      "balloon-sim run spike-edited.json --driver virtio-balloon",
    );
    const text = page.locator("#settings-text");
    expect(await text.isVisible()).toBe(false);
    await page.emulateMedia({ media: "print" });
    expect(await text.textContent()).toBe(
      "Settings: trace=spike, driver=virtio-balloon, memory=3GiB, pace=1.5; pinned: trace=spike",
    );
    expect(await text.isVisible()).toBe(true);
    expect(await page.locator("#command").isVisible()).toBe(true);
    expect(await page.locator("#settings input:visible, .bar-of-page select:visible, #save-rows:visible").count()).toBe(
      0,
    );
  });

  test("a run of the trace before that ends late is neither shown nor pinned", async () => {
    const { page } = await open("explore.html");
    // After a run that is short, the next one is finished before another is begun.
    await page.locator("#trace").selectOption("steady");
    await eventually(() => shown(page)).toBe("balloon-sim run steady");
    // The events come one after the other, before any answer of the worker.
    await page.evaluate(`(() => {
      const change = (id, value) => {
        const field = document.getElementById(id);
        field.value = value;
        field.dispatchEvent(new Event("change", { bubbles: true }));
      };
      document.getElementById("curves").dataset.shown = "";
      change("trace", "no-swap-oom");
      change("trace", "steady");
    })()`);
    await eventually(() => shown(page)).toBe("balloon-sim run steady");
    await field(page, "alloc-max").fill("4096");
    await eventually(() => shown(page)).toBe("balloon-sim run steady --set alloc-max=4096");
    const pinned = page.locator('#results tr[data-name="backdoor_calls"] td').first();
    // The medians of worlds, which come later, are of other runs: what is there first is kept, before the command takes its time.
    let first = "";
    await eventually(async () => {
      first = ((await pinned.textContent()) ?? "").replace(/\D/g, "");
      return first;
    }).toMatch(/^\d/);
    const { stdout } = balloonSim(["run", "steady", "--summary", "--format", "json"], { cwd: directory });
    expect(first).toBe(String(JSON.parse(stdout).objectives.backdoor_calls));
  });

  test("a link to a trace that the page has not says so", async () => {
    const { page } = await open("explore.html");
    await page.evaluate("location.hash = 'trace=other.json'");
    await eventually(() => refused(page)).toContain("trace=other.json (this page has no such trace");
  });

  test.each([
    ["trace=spike&set=nosuch:5", "set=nosuch:5 (no parameter of vmmemctl)"],
    ["trace=spike&driver=foo", "driver=foo (expected vmmemctl, "],
    ["trace=spike&set=alloc-max:abc", "set=alloc-max:abc (expected NAME:WHOLE NUMBER)"],
    ["trace=spike&set=alloc-max:99999999999", "set=alloc-max:99999999999 (expected "],
    ["trace=spike&lru=foo", "lru=foo (expected classic"],
    ["trace=spike&target=0:0,xx:2GiB", "target=0:0,xx:2GiB (expected SECONDS:SIZE,"],
    ["trace=nosuch&set=alloc-max:1", "trace=nosuch (this page has no such trace"],
    ["trace=spike&own=%%%", "own (the trace in it is damaged)"],
    ["%%%", "%%% (no such setting)"],
  ])("a link with %s tells what is left out, and the rest is run", async (fragment, expected) => {
    const { page, complaints } = await openFile(`${path("explore.html")}`);
    await page.goto("about:blank");
    await page.goto(`${pathToFileURL(path("explore.html")).href}#${fragment}`);
    await eventually(() => shown(page)).toBe("balloon-sim run spike");
    expect(await refused(page)).toMatch(/^The link's .*: not understood, left out\.$/);
    expect(await refused(page)).toContain(expected);
    expect(await page.locator("#command").textContent()).toBe("balloon-sim run spike");
    expect(complaints).toEqual([]);
    // The next link is understood.
    await page.evaluate("location.hash = 'trace=steady'");
    await eventually(() => shown(page)).toBe("balloon-sim run steady");
    expect(await refused(page)).toBe("");
  });

  test("a link to a run that fails tells that, without an exception", async () => {
    const { page, complaints } = await openFile(path("explore.html"));
    await page.addInitScript(`globalThis.finished = 0;
      globalThis.Worker = class extends Worker {
        constructor(url) {
          super(url);
          this.addEventListener("message", ({ data }) => {
            if (data.kind === "curves" && data.objectives !== null) globalThis.finished++;
          });
        }
      };`);
    await page.goto("about:blank");
    await page.goto(`${pathToFileURL(path("explore.html")).href}#trace=spike&memory=64MiB`);
    await eventually(() => page.locator("#status").getAttribute("class")).toContain("error");
    // The pinned run, which is drawn behind the shown one.
    await eventually(() => page.evaluate("globalThis.finished")).toBe(1);
    expect(complaints).toEqual([]);
  });

  test("events are walked one by one from the cursor, in both directions", async () => {
    const { page } = await openAt("trace=spike&at=60", "balloon-sim run spike");
    await page.locator("#walk summary").click();
    const lines = async () => ((await page.locator("#walk-lines").textContent()) ?? "").split("\n");
    await eventually(async () => (await lines())[0]).toMatch(/^#\d+ {2}(?:59|60)\.\d+ s/);
    const timeOf = (line = "") => Number(/ ([\d.]+) s/.exec(line)?.[1]);
    await page.locator("#walk button", { hasText: "Next cycle" }).click();
    await eventually(async () => (await lines()).length).toBe(2);
    await page.locator("#walk summary").press("C");
    await eventually(async () => (await lines()).length).toBe(3);
    const [first, second, third] = (await lines()).map(timeOf);
    expect(second).toBeGreaterThan(first as number);
    expect(third).toBeLessThan(second as number);
  });

  test("the worst times are listed, marked, and told at the cursor", async () => {
    const { page } = await openAt("trace=spike&at=200", "balloon-sim run spike");
    const list = page.locator("#why-list button");
    await eventually(() => list.first().textContent()).toMatch(
      /^1m30\.2s to 1m4\d(?:\.\d)?s: db waited [\d.]+s for memory$/,
    );
    expect(await page.locator("#why-text").textContent()).toBe("");
    const canvas = page.locator("#main-chart canvas");
    const before = await canvas.screenshot();
    await list.first().click();
    await eventually(() => page.locator("#why-text").textContent()).toMatch(
      /Cause: memory in use does not fit beside the balloon/,
    );
    expect(await list.first().getAttribute("aria-pressed")).toBe("true");
    expect(before.equals(await canvas.screenshot())).toBe(false);
    expect(await page.locator("#cursor-time").textContent()).toMatch(/^9\d(?:\.\d+)? s$/);
    // They are of the shown run.
    await field(page, "memory").fill("16384");
    await eventually(() => page.locator("#why-about").textContent()).toBe(
      "No task waited for memory, and nothing failed, in world 1.",
    );
    expect(await list.count()).toBe(0);
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

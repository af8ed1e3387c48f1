import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../../support/in-process/command.ts";
import { violations } from "../../../support/pages/accessibility.ts";
import { CHROMIUM, eventually, useBrowser } from "../../../support/pages/browser.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { slowFile } from "../../../support/setup/slow.ts";

slowFile(4);

/** A host without its VMs. */
const OWN = { format: "balloon-sim/host", version: 1, host: { memory: "4GiB" }, policy: "none", duration: "60s" };

/** Drops files on a page. */
const dropOn = (page: Page, files: Readonly<Record<string, string>>) =>
  page.evaluate(`(() => {
    const data = new DataTransfer();
    for (const [name, text] of Object.entries(${JSON.stringify(files)})) data.items.add(new File([text], name));
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
  })()`);

// Without a browser there is nothing to test: apt-get install chromium, or name one in CHROMIUM.
describe.skipIf(CHROMIUM === undefined)("the explorer of hosts in a browser", () => {
  const openFile = useBrowser();
  const directory = scratchDirectory();

  beforeAll(async () => {
    const { status, stderr } = await callBalloonSim(["explore", "hosts/imported-esxtop", "-o", "hosts.html"], {
      cwd: directory,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  /** The command that prints what is shown. */
  const shown = (page: Page) => page.locator("#outcome").getAttribute("data-shown");
  const field = (page: Page, name: string) => page.locator(`.field[data-name="${name}"] input[type=number]`);

  async function open(options: Parameters<typeof openFile>[1] = {}) {
    const opened = await openFile(join(directory, "hosts.html"), options);
    await eventually(() => shown(opened.page)).toBe("balloon-sim host hosts/imported-esxtop");
    return opened;
  }

  /** The cells of the table of VMs that have a text, without those of the pinned run and without marks. */
  const rows = async (page: Page): Promise<string[][]> => {
    const texts = (await page.evaluate(`[...document.querySelectorAll("#vms-rows tr")].map((row) =>
      [...row.cells].map((cell) => cell.firstChild?.textContent ?? ""))`)) as string[][];
    const vms: string[][] = [];
    for (const row of texts.map((cells) => cells.map((text) => text.replace(/ ~$/, "")))) {
      // When a VM lost most is in a row of its own below that of the figures.
      if (row.length === 1) vms.at(-1)?.push((row[0] as string).replace(/^lost most: (?:nothing$)?/, ""));
      else vms.push(row);
    }
    return vms.map((row) => row.filter((text) => text !== ""));
  };

  /** The table of VMs that a command prints. */
  async function printed(command: string): Promise<string[][]> {
    const [, ...args] = command.split(" ");
    const { stdout } = await callBalloonSim([...args, "--quiet"], { cwd: directory });
    const [, table = ""] = /^(VM {2,}.*?)\n\n/ms.exec(stdout) ?? [];
    return table
      .split("\n")
      .slice(1)
      .map((line) => line.split(/ {2,}/));
  }

  test("a changed policy changes the table of VMs, which is that of the command", async () => {
    const { page, complaints, requests } = await open();
    const before = await rows(page);
    expect(before).toEqual(await printed("balloon-sim host hosts/imported-esxtop"));
    await page.locator("#policy").selectOption("proxmox");
    await field(page, "target").fill("0.6");
    const command = "balloon-sim host hosts/imported-esxtop --policy proxmox --set host.proxmox.target=0.6";
    await eventually(() => shown(page)).toBe(command);
    expect(await page.locator("#command").textContent()).toBe(command);
    const after = await rows(page);
    expect(after).toEqual(await printed(command));
    expect(after).not.toEqual(before);
    await eventually(() => page.evaluate("location.hash")).toBe(
      "#host=hosts/imported-esxtop&policy=proxmox&set=target:0.6",
    );
    // Below each figure is that of the pinned run.
    const [worst = []] = before;
    const cells = page.locator(`#vms-rows tr[data-name="${worst[0]}"] td:nth-child(3) small`);
    await eventually(() => cells.textContent()).toBe(worst[2]);
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith("blob:"))).toEqual([]);
  });

  test("the cursor follows the mouse, stays where it is put, obeys keys and is read aloud", async () => {
    const { page } = await open();
    const time = () => page.locator("#cursor-time").textContent();
    const free = () => page.locator("#host-moment").textContent();
    const line = page.locator("#memory-frame .time-line");
    const end = await time();
    const picture = await page.locator("#memory svg.picture").boundingBox();
    if (picture === null) throw new Error("there is no picture");
    const at = (part: number) => ({ position: { x: picture.width * part, y: 60 } });
    await page.locator("#memory-frame").hover(at(0.5));
    const hovered = await time();
    expect(hovered).not.toBe(end);
    const box = await line.boundingBox();
    // At most a sample before the mouse.
    expect(Math.abs((box?.x ?? 0) - picture.x - picture.width / 2)).toBeLessThan(4);
    await page.locator("#verdict").hover();
    expect(await time()).toBe(end);
    await page.locator("#memory-frame").click(at(0.5));
    await page.locator("#verdict").hover();
    expect(await time()).toBe(hovered);
    const before = await free();
    await page.locator("#memory-frame").focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press("Shift+ArrowRight");
    const moved = await time();
    expect(moved).not.toBe(hovered);
    expect(await free()).not.toBe(before);
    const spoken = await page.locator("#spoken").textContent();
    expect(spoken?.startsWith(`${moved}: state `)).toBe(true);
    const vms = page.locator("#vm-moments tr");
    expect(await vms.count()).toBeGreaterThan(1);
    const first = (await page.evaluate(
      `[...document.querySelector("#vm-moments tr").cells].map((cell) => cell.textContent)`,
    )) as string[];
    expect(first).toHaveLength(6);
    expect(spoken).toContain(`${first[0]}: size ${first[1]}, target ${first[2]}`);
    await page.keyboard.press("Home");
    expect(await time()).toBe("0s");
    await page.locator("#sample-on").click();
    expect(await time()).not.toBe("0s");
    // A link has it.
    await eventually(() => page.evaluate("location.hash")).toMatch(/&at=\d/);
    const { page: other } = await open();
    await other.evaluate(`location.hash = ${JSON.stringify(await page.evaluate("location.hash"))}`);
    await eventually(() => other.locator("#cursor-time").textContent()).toBe(await time());
    // Other settings: the cursor stays at its time.
    await page.keyboard.press("Tab");
    const put = await time();
    await field(page, "memory").fill("20");
    await eventually(() => shown(page)).toContain("--set host.memory=20GiB");
    expect(await time()).toBe(put);
    await page.locator("#reclaim-frame").focus();
    await page.keyboard.press("End");
    expect(await time()).toBe(end);
  });

  test("a tap puts the cursor", async () => {
    const { page } = await open({ hasTouch: true, viewport: { width: 390, height: 844 } });
    const end = await page.locator("#cursor-time").textContent();
    await page.locator("#memory-frame").tap({ position: { x: 150, y: 40 } });
    const tapped = await page.locator("#cursor-time").textContent();
    expect(tapped).not.toBe(end);
    await page.locator("#reclaim-frame").tap({ position: { x: 250, y: 40 } });
    expect(await page.locator("#cursor-time").textContent()).not.toBe(tapped);
  });

  test("at first the pinned run is the shown one: each figure is in both columns", async () => {
    const { page } = await open();
    const cells = (await page.evaluate(
      `[...document.querySelectorAll("#results tr")].map((row) => [...row.cells].slice(1).map((cell) => cell.textContent))`,
    )) as string[][];
    expect(cells.length).toBeGreaterThan(5);
    for (const [pinned, now, change] of cells) expect([pinned, change]).toEqual([now, "="]);
    expect(cells.every(([pinned]) => pinned !== "")).toBe(true);
    expect(await page.locator("#vms-about").textContent()).toBe("Those that lost most first.");
  });

  test.each([1400, 1440, 1100])(
    "%i pixels wide, the table of VMs has room, and names break between words",
    async (width) => {
      const { page } = await open({ viewport: { width, height: 900 } });
      await page.locator("#policy").selectOption("proxmox");
      await eventually(() => page.locator("#vms-about").textContent()).toContain("pinned");
      const [content, room] = (await page.evaluate(
        `(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.querySelector(".scroll:has(#vms)"))`,
      )) as [number, number];
      expect(content).toBeLessThanOrEqual(room);
      // Each word of a name is in one line.
      const lines = (await page.evaluate(`[...document.querySelectorAll("#results th")].flatMap((name) =>
      [...name.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map((word) => {
        const range = document.createRange();
        range.selectNode(word);
        return range.getClientRects().length;
      }))`)) as number[];
      expect(new Set(lines)).toEqual(new Set([1]));
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    },
  );

  test("what is pinned is compared with, a link brings both back, and what it lacks is told", async () => {
    const { page } = await open();
    await field(page, "memory").fill("20");
    await eventually(() => shown(page)).toContain("--set host.memory=20GiB");
    await page.locator("#pin").click();
    await page.locator("#reset").click();
    await eventually(() => shown(page)).toBe("balloon-sim host hosts/imported-esxtop");
    const hash = "#host=hosts/imported-esxtop&pin=host%3Dhosts/imported-esxtop%26memory%3D20GiB";
    await eventually(() => page.evaluate("decodeURIComponent(location.hash)")).toBe(decodeURIComponent(hash));
    await page.evaluate(`location.hash = ${JSON.stringify(`${hash}&policy=none&driver=best`)}`);
    await eventually(() => shown(page)).toBe("balloon-sim host hosts/imported-esxtop --policy none");
    expect(await page.locator("#refused").textContent()).toContain("driver=best (expected vmmemctl");
    await page.locator("#to-pinned").click();
    await eventually(() => field(page, "memory").inputValue()).toBe("20");
  });

  test("all that a link lacks is told, also when the page is opened with it", async () => {
    const { page } = await open();
    await page.evaluate(
      "history.replaceState(null, '', '#host=hosts/imported-esxtop&gest=1&driver=best&pin=host%3Dhosts/office')",
    );
    await page.reload();
    await eventually(() => shown(page)).toBe("balloon-sim host hosts/imported-esxtop");
    const told = await page.locator("#refused").textContent();
    expect(told).toContain("gest (no such setting)");
    expect(told).toContain("pinned host=hosts/office");
    expect(told).toContain("driver=best (expected vmmemctl");
  });

  test("figures of former pinned settings go when others are pinned that can't run, which is told", async () => {
    const { page } = await open();
    await field(page, "memory").fill("20");
    await eventually(() => shown(page)).toContain("--set host.memory=20GiB");
    await eventually(() => page.locator("#vms-rows small").count()).toBeGreaterThan(0);
    await field(page, "memory").fill("0.5");
    await eventually(() => page.locator("#status").textContent()).toMatch(/are less than/);
    await page.locator("#pin").click();
    await field(page, "memory").fill("20");
    await eventually(() => page.locator("#status").textContent()).toMatch(/^the pinned run: .* are less than/);
    expect(await page.locator("#vms-rows small").count()).toBe(0);
    expect(await page.locator("#results-about").textContent()).toMatch(/the pinned run has failed/);
  });

  test("a host that is dropped with its trace is shown, its link shows it in another window, a missing trace is told", async () => {
    const { page } = await open();
    const host = { ...OWN, vms: [{ name: "own", trace: "traces/web.json" }] };
    const drop = (files: Readonly<Record<string, string>>) => dropOn(page, files);
    await drop({ "mine.json": JSON.stringify(host) });
    await eventually(() => page.locator("#refused").textContent()).toMatch(
      /^mine\.json:.*"traces\/web\.json" is not among the opened files/,
    );
    expect(await shown(page)).toBe("balloon-sim host hosts/imported-esxtop");
    await drop({
      "web.json": readFileSync(join(ROOT, "traces/spike.json"), "utf8"),
      "mine.json": JSON.stringify(host),
    });
    await eventually(() => shown(page)).toBe("balloon-sim host mine.json");
    expect(await page.locator("#host").inputValue()).toBe("mine.json");
    expect((await rows(page)).map(([name]) => name)).toEqual(["own"]);
    await field(page, "memory").fill("3");
    await eventually(() => page.evaluate("location.hash")).toMatch(/^#host=mine\.json&memory=3GiB&own=/);
    const { page: other } = await open();
    await other.evaluate(`location.hash = ${JSON.stringify(await page.evaluate("location.hash"))}`);
    await eventually(() => shown(other)).toBe("balloon-sim host mine.json --set host.memory=3GiB");
    await other.locator("#host").selectOption("hosts/imported-esxtop");
    await eventually(() => shown(other)).toBe("balloon-sim host hosts/imported-esxtop");
    await other.evaluate("location.hash = 'host=mine.json&own=!'");
    await eventually(() => other.locator("#refused").textContent()).toContain("own (the files in it are damaged)");
  });

  test("of two own hosts the link shows the chosen one, Back shows the one before, and a bad file is told beside a good one", async () => {
    const { page } = await open();
    const trace = readFileSync(join(ROOT, "traces/spike.json"), "utf8");
    const host = JSON.stringify({ ...OWN, vms: [{ name: "own", trace: "spike.json" }] });
    const bad = JSON.stringify({ ...OWN, vms: [{ name: "own", trace: "none.json" }] });
    await dropOn(page, { "bad.json": bad, "a.json": host, "b.json": host, "spike.json": trace });
    await eventually(() => shown(page)).toBe("balloon-sim host a.json");
    expect(await page.locator("#refused").textContent()).toMatch(/^bad\.json:/);
    // In one turn of the page: the figures of the host before are gone at once.
    const rowsAtOnce = await page.evaluate(`(() => {
      const host = document.querySelector("#host");
      host.value = "b.json";
      host.dispatchEvent(new Event("change"));
      return document.querySelectorAll("#vm-moments tr").length;
    })()`);
    expect(rowsAtOnce).toBe(0);
    await eventually(() => shown(page)).toBe("balloon-sim host b.json");
    expect(await page.locator("#refused").textContent()).toBe("");
    await eventually(() => page.evaluate("location.hash")).toMatch(/^#host=b\.json&own=/);
    const { page: other } = await open();
    await other.evaluate(`location.hash = ${JSON.stringify(await page.evaluate("location.hash"))}`);
    await eventually(() => shown(other)).toBe("balloon-sim host b.json");
    await page.goBack();
    await eventually(() => shown(page)).toBe("balloon-sim host a.json");
  });

  test("a setting that the host can't have is told in a line", async () => {
    const { page } = await open();
    await field(page, "memory").fill("0.5");
    await eventually(() => page.locator("#status").textContent()).toMatch(
      /^--set host\.memory=512MiB: .* are less than/,
    );
    await page.locator("#reset").click();
    await eventually(() => page.locator("#status").textContent()).toMatch(/^run in /);
  });

  test.each([
    ["light", 1440],
    ["dark", 1440],
    ["light", 390],
  ] as const)("has nothing that axe-core finds wrong: %s, %i pixels wide", async (colorScheme, width) => {
    const { page } = await open({ colorScheme, viewport: { width, height: 844 } });
    await page.locator('.field[data-name="driver"] select').selectOption("vmw-balloon");
    await eventually(() => shown(page)).toContain("--driver vmw-balloon");
    await eventually(() => page.locator("#results-about").textContent()).toMatch(/^Medians|too long/);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });
});

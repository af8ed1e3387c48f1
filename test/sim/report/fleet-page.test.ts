import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { CHROMIUM, eventually, useBrowser } from "../../support/pages/browser.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(10);

const directory = scratchDirectory();
const path = (name: string) => join(directory, name);
const run = (...args: string[]) => callBalloonSim(args, { cwd: directory });
const GUESTS = 60;
const FILES = Array.from({ length: GUESTS }, (_, i) => `fleet/guest-${String(i).padStart(5, "0")}.json`);

beforeAll(async () => {
  await run("generate", "fleet", "-o", "fleet/", "--guests", String(GUESTS), "--for", "1h", "--seed", "example");
  const made = await run("report", ...FILES, "no-swap-oom", "--warn", "stall_some > 0.5s", "-o", "fleet.html");
  expect(made).toMatchObject({ status: 0, stderr: "" });
  // The same names as in the figures of run --summary.
  const { stdout } = await run("run", ...FILES, "no-swap-oom", "--summary", "--format", "csv");
  writeFileSync(path("figures.csv"), stdout);
});

/** A figure of each run, by name. */
const figures = (column: string) => new Map(figuresOf(readFileSync(path("figures.csv"), "utf8"), column));

/** The names of runs, with a figure of each. */
function figuresOf(csv: string, column: string): [name: string, value: number][] {
  const [head, ...rows] = csv
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  const at = (head as string[]).indexOf(column);
  return rows.map((row) => [row[(head as string[]).indexOf("name")] as string, Number(row[at])]);
}

/** The first row of the table that is visible without scripts, by the headings. */
function firstRow(page: string): Record<string, string> {
  const [head, row] = [...page.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, cells]) =>
    [...(cells as string).matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, text]) => text as string),
  );
  return Object.fromEntries((head as string[]).map((name, i) => [name, row?.[i] as string]));
}

describe("a report of more than 24 traces", () => {
  test("has without scripts the counts and the worst 50 of them, the worst first", () => {
    const page = readFileSync(path("fleet.html"), "utf8");
    const body = page.slice(0, page.indexOf('<script type="application/json"'));
    const stalled = [...figures("stall_some_s").values()].filter((s) => s > 0.5).length;
    expect(body).toContain("<li>1 of 61 with OOM kills</li>");
    expect(body).toContain(`<li>${stalled} with stall_some &gt; 0.5s</li>`);
    expect(body).toContain("<li>0 that could not be run</li>");
    const names = [...body.matchAll(/<th scope="row">([^<]+)<\/th>/g)].map(([, name]) => name as string);
    expect(names).toHaveLength(50);
    expect(names[0]).toBe("no-swap-oom");
    const full = figures("stall_full_s");
    const values = names.slice(1).map((name) => full.get(name) as number);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(body.match(/<svg class="spark"/g)).toHaveLength(50);
    expect(body).toMatch(/role="img" aria-label="most [\d.<]+ % at \d/);
  });

  test("is the same page again, and the table of many runs without -o", async () => {
    const again = ["report", ...FILES, "no-swap-oom", "--warn", "stall_some > 0.5s", "-o", "fleet.html"];
    const before = readFileSync(path("fleet.html"), "utf8");
    expect((await run(...again)).status).toBe(0);
    expect(readFileSync(path("fleet.html"), "utf8") === before).toBe(true);
    const { stdout } = await run(...again.slice(0, -2));
    expect(stdout).toMatch(/^61 runs: 1 with OOM kills, \d+ with stall_some > 0.5s, /);
  });

  test("leaves out traces that fail, and says so on the page and by its exit code", async () => {
    writeFileSync(path("broken.json"), '{"format":"balloon-sim/trace"}');
    const { status, stderr } = await run("report", "steady", "broken.json", "--sort", "swap_traffic", "-o", "two.html");
    expect(status).toBe(2);
    expect(stderr).toContain("1 of 2 traces could not be used: they are missing in the report of the others");
    const page = readFileSync(path("two.html"), "utf8");
    expect(page).toContain("<li>1 that could not be run</li>");
    expect(page).toMatch(/<li>broken\.json:.*<\/li>/);
    expect(page).toContain("The worst first by swap_traffic.");
  });

  test("has medians and ranges over worlds, and says whose curves are drawn", async () => {
    // One of three worlds reaches the target of spike by then.
    const conditions = ["steady", "spike", "--until", "68.5s", "--worlds", "3"];
    const slow = ["--sort", "time_to_target", "--warn", "largest_inflation_time_to_target_s > 1m"];
    expect((await run("report", ...conditions, ...slow, "-o", "worlds.html")).status).toBe(0);
    const page = readFileSync(path("worlds.html"), "utf8");
    expect(page).toContain("median [lowest .. highest] of 3 worlds, curves of world 1");
    expect(page).toContain("&gt; a target was not reached: ");
    const { stdout } = await run("run", ...conditions, "--summary", "--format", "csv");
    const full = figuresOf(stdout, "stall_full_s").filter(([name]) => name === "spike");
    const [lowest, median, highest] = full.map(([, s]) => `${Math.round(s * 1000)}ms`).toSorted();
    expect(new Set([lowest, median, highest]).size).toBe(3);
    expect(firstRow(page)).toMatchObject({
      Guest: "spike",
      "Time to target": expect.stringMatching(/^&gt; 58\.5s \[58\.\d+s \.\. 58\.5s\]$/),
      "Stall full": `${median} [${lowest} .. ${highest}]`,
      "Largest inflation": expect.stringMatching(/^58\.\d+s; none in 2 of 3$/),
    });
  });

  test.each([
    [["spike.csv", "--sort", "stall_full"], "--sort: is for traces alone: leave it out"],
    [["spike", "--warn", "stall_full"], '--warn "stall_full": expected a figure'],
    [["hosts/office", "--sort", "stall_full"], "--sort: is not for hosts: its VMs are sorted by what they lost"],
  ])("refuses %j", async (args, message) => {
    writeFileSync(path("spike.csv"), "time_s,size\n0,0\n1,1\n");
    const { status, stdout, stderr } = await run("report", ...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`balloon-sim: ${message}`);
  });
});

// Without a browser there is nothing to test: apt-get install chromium, or name one in CHROMIUM.
describe.skipIf(CHROMIUM === undefined)("the page of a fleet in a browser", () => {
  const open = useBrowser();
  const names = (page: Awaited<ReturnType<typeof open>>["page"]) =>
    page.locator("#fleet-table tbody th").allTextContents();

  test("shows 50 rows at a time, and draws the picture, without a message or a request", async () => {
    const { page, complaints, requests } = await open(path("fleet.html"));
    await page.locator("#heat canvas").waitFor();
    expect(await names(page)).toHaveLength(50);
    await page.getByRole("button", { name: "Next guests" }).click();
    expect(await names(page)).toHaveLength(11);
    expect(await page.locator(".pager span").textContent()).toBe("Guests 51 to 61 of 61");
    expect([complaints, requests]).toEqual([[], []]);
  });

  test("has ranges over worlds, and sorts a target that was not reached as the slowest", async () => {
    const { page } = await open(path("worlds.html"));
    const first = () => page.locator("#fleet-table tbody tr").first().locator("th, td").allTextContents();
    expect((await first()).slice(0, 2)).toEqual([
      "spike",
      expect.stringMatching(/^> 58\.5s \[58\.\d+s \.\. 58\.5s\]$/),
    ]);
    const heading = page.getByRole("button", { name: "Largest inflation" });
    await heading.click();
    expect((await first())[0]).toBe("spike");
    await heading.click();
    expect((await first())[0]).toBe("steady");
    expect(await page.locator("#fleet-table").textContent()).toContain("s; none in 2 of 3");
  });

  test("sorts by a heading, the worst first, and the other way round", async () => {
    const { page } = await open(path("fleet.html"));
    const by = async (column: string, sign: number) => {
      const values = figures(column);
      const sorted = [...values].sort((a, b) => sign * (b[1] - a[1]) || 0).map(([, value]) => value);
      expect((await names(page)).map((name) => values.get(name))).toEqual(sorted.slice(0, 50));
    };
    const heading = page.getByRole("button", { name: "Swap traffic" });
    await heading.click();
    await by("objective_swap_traffic", 1);
    expect(await page.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("descending");
    await heading.press("Enter");
    await by("objective_swap_traffic", -1);
    expect(await page.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("ascending");
  });

  test("shows the guests whose name contains a text, or that need attention, in table and picture", async () => {
    const { page } = await open(path("fleet.html"));
    await page.locator("#heat canvas").waitFor();
    await page.getByLabel("Name contains").fill("T-0001");
    expect((await names(page)).sort()).toEqual(FILES.slice(10, 20).map((file) => file.slice(6, -5)));
    expect(await page.locator("#fleet-status").textContent()).toBe("10 of 61 guests");
    expect(await page.locator("#heat canvas").getAttribute("height")).toBe("10");
    await page.getByLabel("Name contains").fill("");
    await page.getByLabel("Show").selectOption({ label: "with OOM kills (1)" });
    expect(await names(page)).toEqual(["no-swap-oom"]);
    await page.getByLabel("Name contains").fill("nothing like it");
    expect(await names(page)).toEqual([]);
    expect(await page.locator(".pager span").textContent()).toBe("No guests");
  });

  test("tells of the picture by keys, and shows the guest there", async () => {
    const { page } = await open(path("fleet.html"));
    const heat = page.locator("#heat [role=application]");
    await heat.waitFor();
    const [, second] = await names(page);
    await heat.focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    const spoken = page.locator("#spoken");
    expect(await spoken.textContent()).toMatch(new RegExp(`^${second}, at \\S+: Full stall \\S+ %$`));
    await page.keyboard.press("ArrowUp");
    expect(await spoken.textContent()).toMatch(/^no-swap-oom, at \S+: the run is over$/);
    await page.keyboard.press("Enter");
    await eventually(() => page.locator("#fleet-guest h3").textContent()).toBe("no-swap-oom");
    expect(await page.locator("#fleet-guest code").textContent()).toBe("balloon-sim report no-swap-oom -o guest.html");
    expect(await page.evaluate("document.activeElement.textContent")).toMatch(/^no-swap-oom/);
  });

  test("colours a place by its value in the chosen quantity", async () => {
    const { page } = await open(path("fleet.html"));
    await page.locator("#heat canvas").waitFor();
    await page.locator("#fleet-strip").selectOption({ label: "OOM kills" });
    const alphas = (await page.locator("#heat canvas").evaluate((canvas) => {
      // biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are not those of the tests
      const one = canvas as any;
      const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
      return Array.from({ length: one.height }, (_, line) => {
        const at = line * one.width * 4;
        const row = Array.from({ length: one.width }, (_, i) => [data[at + i * 4], data[at + i * 4 + 3]]);
        // Grey is the end of a run, with a full opacity.
        return row.filter(([red, alpha]) => alpha > 0 && red > 200 && red < 220).length;
      });
    })) as number[];
    expect(alphas[0]).toBeGreaterThan(0);
    expect(alphas.slice(1).every((count) => count === 0)).toBe(true);
  });

  test("fits on a phone", async () => {
    const { page } = await open(path("fleet.html"), { viewport: { width: 390, height: 800 } });
    await page.locator("#heat canvas").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  });
});

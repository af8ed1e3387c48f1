import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { CHROMIUM, useBrowser } from "../../support/pages/browser.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(3);

const cwd = scratchDirectory();
const sim = async (...args: string[]) => await callBalloonSim(args, { cwd });
async function pageOf(name: string, ...options: string[]): Promise<string> {
  expect(await sim("report", name, ...options, "-o", "out.html")).toEqual({ status: 0, stdout: "", stderr: "" });
  return readFileSync(join(cwd, "out.html"), "utf8");
}

const HOST = {
  format: "balloon-sim/host",
  name: "a <b>small</b> host",
  description: "Guests & more.",
  duration: "3m",
  host: { memory: "6GiB", reserved: "1GiB", swap: { size: "6GiB" } },
  policy: { name: "mom", params: { "max-change": 0.1 } },
  defaults: { driver: "vmmemctl", touched: 0.5 },
  vms: [
    { name: "calm", trace: "steady" },
    { name: "hungry", trace: "spike" },
    { name: "late", trace: "thrash", on: "1m", off: "2m" },
  ],
};
const write = (name: string, changes: object = {}): void =>
  writeFileSync(join(cwd, name), JSON.stringify({ ...HOST, ...changes }));
write("host.json");

/** The content of a page without its scripts. */
const bodyOf = (page: string): string =>
  page.slice(page.indexOf("<body>"), page.indexOf('<script type="application/json"'));
/** The cells of the rows of a page's table. */
const rowsOf = (body: string): string[][] =>
  [...(body.split("<tbody>")[1]?.split("</tbody>")[0] ?? "").matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = ""]) => cell),
  );

describe("the page of a host", () => {
  test("says who suffered, when and why, those that lost most first, without scripts", async () => {
    const page = await pageOf("host.json");
    const body = bodyOf(page);
    const rows = rowsOf(body);
    const json = JSON.parse((await sim("host", "host.json", "--format", "json")).stdout);
    const sorted = json.vms.toSorted((a: { lost_time: number }, b: { lost_time: number }) => b.lost_time - a.lost_time);
    expect(rows.map(([name]) => name)).toEqual(sorted.map(({ name }: { name: string }) => name));
    expect(sorted[0].lost_time).toBeGreaterThan(1);
    expect(rows[0]?.at(-1)).toMatch(/^\d+.*\.\..*: (waited for the host|stalled for memory)/);
    expect(body).toContain("max-change 0.1");
    expect(body).toContain("needs 1GiB; swap of 6GiB; backs VMs with pages of 4 KiB");
    for (const sentence of json.assumed) expect(body).toContain(sentence.replaceAll("'", "'"));
    expect(body).toContain("The simulated host neither shares equal pages");
    expect(body).toContain("balloon-sim report host.json -o out.html");
    expect(body.match(/<svg class="picture"/g)).toHaveLength(2 + 3);
  });

  test("escapes what the file says", async () => {
    const page = await pageOf("host.json");
    expect(page).toContain("<h1>a &lt;b&gt;small&lt;/b&gt; host</h1>");
    expect(page).toContain("Guests &amp; more.");
    expect(page).not.toContain("<b>small");
  });

  test("is the same bytes again, and repeats its conditions", async () => {
    const options = ["--policy", "esx", "--set", "host.memory=7GiB", "--until", "90", "--seed", "x"];
    const page = await pageOf("host.json", ...options);
    expect(await pageOf("host.json", ...options)).toBe(page);
    expect(page).toContain(
      "balloon-sim report host.json --policy esx --set host.memory=7GiB --seed x --until 1m30s -o out.html",
    );
    expect(page).toContain("7GiB for 3 VMs");
    expect(/>state (high|clear|soft|hard|low)</.test(page)).toBe(true);
  });

  test("has few points, however many VMs and hours there are", async () => {
    const vms = [
      { name: "vm", trace: "steady", count: 38 },
      { name: "spike", trace: "spike", count: 2, off: "12h" },
    ];
    write("large.json", { duration: "24h", host: { memory: "100GiB" }, policy: "none", vms });
    const body = bodyOf(await pageOf("large.json"));
    const paths = [...body.matchAll(/ d="([^"]*)"/g)].map(([, path = ""]) => path.split(/[ML ]/).length - 1);
    expect(paths.length).toBeGreaterThan(40 * 3);
    // The outline of an area has two edges.
    expect(Math.max(...paths)).toBeLessThanOrEqual(2 * 482);
    expect(body).toContain("28 other VMs");
    expect(statSync(join(cwd, "out.html")).size).toBeLessThan(1 << 20);
  });

  test("without -o is the summary in the terminal", async () => {
    const { status, stdout } = await sim("report", "host.json", "--until", "1m");
    expect(status).toBe(0);
    expect(stdout).toBe((await sim("host", "host.json", "--until", "1m")).stdout);
  });
});

test.each([
  [["host.json", "spike"], "report: host.json is a host, which has a page of its own: make a report of it alone"],
  [["host.json", "--target", "1GiB"], "--target: is not for hosts: the policy of the host sets the targets"],
  [
    ["host.json", "--worlds", "3"],
    "--worlds: is not for hosts: the page shows one run; balloon-sim host --worlds says how sure its figures are",
  ],
  [["spike", "--policy", "mom"], "--policy: is for hosts, and none is given: leave it out"],
  [["host.json", "-o", "host.json"], /^-o host\.json: /],
  [["host.json", "--set", "host.memry=1GiB"], /^--set host\.memry=1GiB: there is no "host\.memry" in a host/],
])("report %j is refused in one line", async (args, message) => {
  const { status, stdout, stderr } = await sim("report", ...args);
  expect([status, stdout, stderr.split("\n").length]).toEqual([2, "", 2]);
  const text = stderr.replace(/^balloon-sim: /, "").trimEnd();
  expect(text).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
});

describe.skipIf(CHROMIUM === undefined)("in a browser", () => {
  const open = useBrowser();

  test("nothing is refused by the page's policy, and the pictures are as wide as the page", async () => {
    await pageOf("host.json");
    const { page, complaints, requests } = await open(join(cwd, "out.html"));
    const box = await page.locator("svg.picture").first().boundingBox();
    expect(box?.width).toBeGreaterThan(1000);
    expect([complaints, requests]).toEqual([[], []]);
  });
});

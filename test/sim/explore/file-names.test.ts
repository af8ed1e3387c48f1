import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { CHROMIUM, eventually, useBrowser } from "../../support/pages/browser.ts";
import { balloonSim, scratchDirectory } from "../../support/processes/command.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(4);

/** Names of files and of the traces in them: an option, and what a terminal or a browser would obey. */
const NAMES = ["-dash.json", "a\u{1b}[31m\nred.json"];
const trace = (name: string) => ({
  format: "balloon-sim/trace",
  version: 1,
  name,
  description: "two\nlines",
  duration: "10s",
  guest: { memory: "1GiB" },
  workloads: [{ name: "w", anon: "256MiB" }],
  host: { target: "512MiB" },
});

// Without a browser there is nothing to test: apt-get install chromium, or name one in CHROMIUM.
describe.skipIf(CHROMIUM === undefined)("names of files on pages", () => {
  const open = useBrowser();
  const directory = scratchDirectory();

  const make = async (command: string, page: string) => {
    const { status, stderr } = await callBalloonSim([command, "-o", page, "--", ...NAMES], { cwd: directory });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return open(join(directory, page));
  };

  beforeAll(() => {
    for (const [i, name] of NAMES.entries())
      writeFileSync(join(directory, name), JSON.stringify(trace(["\u{1b}[31mred", "\u{202e} evil"][i] as string)));
  });

  /** Runs a command of a page as a shell splits it; a command of the page writes no other file but its own. */
  function runs(command: string): string {
    const { stdout } = spawnSync("bash", ["-c", `printf '%s\\0' ${command}`], { encoding: "utf8" });
    const [program, ...args] = stdout.split("\0").slice(0, -1);
    expect(program).toBe("balloon-sim");
    const result = balloonSim(args, { cwd: directory });
    expect(result.stderr).not.toMatch(/unknown option|no such/);
    expect(result.status).toBe(0);
    return result.stdout;
  }

  /** What is seen, including what is read out, has no character that is obeyed, and no break within a name. */
  async function expectSafe(page: Page): Promise<void> {
    const texts = (await page.evaluate(`[...document.querySelectorAll("body *:not(script)")].flatMap((one) => [
      ...[...one.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data),
      one.getAttribute("title") ?? "", one.getAttribute("aria-label") ?? ""])`)) as string[];
    expect(texts.join("\n")).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(texts.filter((text) => /^a.*red/s.test(text) && text.includes("\n"))).toEqual([]);
  }

  test("the explorer shows them escaped, and its command finds the file", async () => {
    const { page, complaints } = await make("explore", "e.html");
    const command = () => page.locator("#command").textContent();
    await eventually(command).toBe("balloon-sim run ./-dash.json");
    expect(runs((await command()) as string)).toMatch(/^time_s,/);
    await page.locator("#trace").selectOption(NAMES[1] as string);
    await eventually(command).toBe("balloon-sim run $'a\\e[31m\\nred.json'");
    await eventually(() => page.locator("#results-about").textContent()).toMatch(/^Medians of/);
    expect(runs((await command()) as string)).toMatch(/^time_s,/);
    expect(await page.locator("#trace option").allTextContents()).toEqual(["-dash.json", "a\\u{1b}[31m\\u{a}red.json"]);
    expect(await page.locator("#about").textContent()).toBe("two lines");
    await expectSafe(page);
    expect(complaints).toEqual([]);
  });

  test("the report shows them escaped, and its command makes the same page", async () => {
    const { page, complaints } = await make("report", "r.html");
    const command = page.locator("pre code").filter({ hasText: "balloon-sim report" });
    expect(await command.textContent()).toBe("balloon-sim report ./-dash.json $'a\\e[31m\\nred.json' -o r.html");
    runs((await command.textContent()) as string);
    await expectSafe(page);
    await eventually(() => page.locator("#charts .legend button").count()).toBeGreaterThan(2);
    await expectSafe(page);
    expect(complaints).toEqual([]);
  });
});

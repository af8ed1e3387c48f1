import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { violations } from "./support/pages/accessibility.ts";
import { CHROMIUM, useBrowser } from "./support/pages/browser.ts";
import { ROOT, scratchDirectory } from "./support/processes/command.ts";
import { slowFile } from "./support/setup/slow.ts";

slowFile(10);

const site = join(scratchDirectory(), "site");

beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts/site.mjs"), site], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

const pages = (): string[] =>
  (readdirSync(site, { recursive: true }) as string[]).filter((name) => name.endsWith(".html")).sort();

const textOf = (page: string): string => readFileSync(join(site, page), "utf8");

describe("the site", () => {
  test("has a page for each document, and the explorer", () => {
    const documents = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
    expect(pages()).toEqual(
      expect.arrayContaining([
        "index.html",
        "explore.html",
        "CHANGELOG.html",
        ...documents.map((name) => `docs/${name.replace(/\.md$/, ".html")}`),
      ]),
    );
  });

  test("has no link that leads nowhere: files, and headings in them", () => {
    const broken: string[] = [];
    for (const page of pages().filter((name) => name !== "explore.html")) {
      for (const [, href = ""] of textOf(page).matchAll(/<a [^>]*?href="([^"]*)"/g)) {
        if (/^https?:/.test(href)) continue;
        const [path = "", anchor] = href.split("#");
        const file = path === "" ? page : relative(site, join(site, dirname(page), path));
        if (!existsSync(join(site, file))) broken.push(`${page}: ${href}`);
        else if (anchor !== undefined && !textOf(file).includes(` id="${anchor}"`)) broken.push(`${page}: ${href}`);
      }
    }
    expect(broken).toEqual([]);
  });

  test("loads nothing: no page has a source outside of itself, and the policy of each forbids it", () => {
    for (const page of pages()) {
      const text = textOf(page);
      expect(text).toMatch(/Content-Security-Policy" content="default-src 'none'; /);
      expect([page, ...text.matchAll(/<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)="(?!data:)[^"]*"/g)]).toEqual([
        page,
      ]);
    }
  });

  test("names the page that is shown in its navigation", () => {
    expect(textOf("docs/tune.html")).toContain('<a href="tune.html" aria-current="page">');
    expect(textOf("index.html")).toContain('<a href="docs/tune.html">');
  });

  test("refuses a directory that exists", () => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts/site.mjs"), site], {
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 2, stderr: `site: ${site} exists: name a directory that does not\n` });
  });
});

// Without a browser there is nothing to test: apt-get install chromium, or name one in CHROMIUM.
describe.skipIf(CHROMIUM === undefined)("the site in a browser", () => {
  const open = useBrowser();

  test.each([
    ["index.html", "light", 1280],
    ["index.html", "dark", 390],
    ["docs/rate-control.html", "dark", 1280],
    ["docs/fidelity.html", "light", 390],
    ["docs/cli.html", "light", 390],
    ["CHANGELOG.html", "dark", 1280],
  ] as const)("%s has nothing that axe-core finds wrong: %s, %i pixels wide", async (name, colorScheme, width) => {
    const { page, complaints, requests } = await open(join(site, name), {
      colorScheme,
      viewport: { width, height: 844 },
    });
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith("data:"))).toEqual([]);
  });

  test("links lead from page to page, and the theme is changed by the button", async () => {
    const { page } = await open(join(site, "index.html"));
    await page.locator("article").getByRole("link", { name: "all scenarios" }).click();
    expect(await page.title()).toBe("Is control of rates worth having? – balloon-sim");
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const before = await ground();
    await page.locator("#theme").click();
    expect(await ground()).not.toBe(before);
  });
});

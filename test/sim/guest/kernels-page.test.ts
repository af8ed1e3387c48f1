import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PROFILES } from "../../../src/sim/trace/profile.ts";

const page = readFileSync(new URL("../../../docs/kernels.md", import.meta.url), "utf8");

/** The rows of the table of distributions, without its head, as cells. */
const distributions = page
  .slice(page.indexOf("| distribution |"), page.indexOf('"MGLRU" is'))
  .trim()
  .split("\n")
  .slice(2)
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe("docs/kernels.md", () => {
  it("has a value, or that it is not known, for all defaults of a distribution, and profiles that there are", () => {
    expect(distributions.length).toBeGreaterThan(15);
    for (const cells of distributions) {
      expect(cells, cells[0]).toHaveLength(6);
      expect(cells.filter((cell) => cell === "")).toEqual([]);
      const names = cells.at(-1)?.match(/linux-[\d.]+\d/g) ?? [];
      expect(names.length, cells[0]).toBeGreaterThan(0);
      for (const name of names) expect(PROFILES.has(name), `${cells[0]}: ${name}`).toBe(true);
    }
  });

  it("has sources for all numbers in brackets, and uses all of its sources", () => {
    const [text = "", sources = ""] = page.split("## Sources");
    const used = [...text.matchAll(/\[(\d+(?:, \d+)*)\]/g)].flatMap(([, list = ""]) => list.split(", ").map(Number));
    const given = [...sources.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
    expect(given).toEqual(given.map((_, i) => i + 1));
    expect([...new Set(used)].sort((a, b) => a - b)).toEqual(given);
  });
});

import { describe, expect, test } from "vitest";
import { fidelityAsSvg } from "../../../src/sim/fidelity/picture-svg.ts";
import { fidelityInTerminal } from "../../../src/sim/fidelity/picture-terminal.ts";
import { type Scenario, scenariosOf } from "../../../src/sim/fidelity/scenario.ts";
import { compareLabRun } from "../../support/data/lab-runs.ts";

const [scenario] = scenariosOf(["spike-touched.1.csv", "spike-touched.2.csv"].map(compareLabRun)) as [Scenario];

describe("a picture of a scenario", () => {
  test("shows the curves that move, and no others", () => {
    const titles = [...fidelityAsSvg(scenario).matchAll(/class="panel"[^>]*>([^,]+), /g)].map(([, title]) => title);
    expect(titles).toEqual(["balloon", "free", "anonymous", "swapped", "PSI some", "PSI full"]);
  });

  test("as SVG is well-formed, and can be read by those who can't see it", () => {
    const svg = fidelityAsSvg({ ...scenario, name: 'a <"name">' });
    const open: string[] = [];
    for (const [, close, name, empty] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (close === "/") expect(open.pop()).toBe(name);
      else if (empty === "") open.push(name);
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain('<title id="title">a &lt;&quot;name&quot;&gt;: ');
    expect(svg).toMatch(/<desc id="desc">[\d.]+s of 2 repetitions and the replay\. Off by, of the range: balloon \d/);
  });

  test("draws each repetition, and the replay once", () => {
    const svg = fidelityAsSvg(scenario);
    // Six panels, and a sample in the legend.
    expect(svg.match(/class="line recorded out"/g)).toHaveLength(2 * 6 + 1);
    expect(svg.match(/class="line size"/g)).toHaveLength(6 + 1);
  });

  test.each([40, 100, 400])("does not overrun a terminal of %i columns", (width) => {
    const lines = fidelityInTerminal(scenario, { width, hasColours: false }).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 60));
  });

  test("in colour is the same picture", () => {
    const plain = fidelityInTerminal(scenario, { width: 80, hasColours: false });
    const painted = fidelityInTerminal(scenario, { width: 80, hasColours: true });
    expect(painted).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what colours are made of
    expect(painted.replace(/\u001b\[\d+m/g, "")).toBe(plain);
  });
});

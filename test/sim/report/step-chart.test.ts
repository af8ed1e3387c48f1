import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { CHROMIUM, useBrowser } from "../../support/pages/browser.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { slow } from "../../support/setup/slow.ts";

// A limit of the driver holds from its row to the next one; a pace, which was measured between two rows, from the row before.
const ROWS = `time_s,rate_alloc,freed
0.000000,1000,0
10.000000,1000,0
20.000000,4000,4000
30.000000,4000,4000
40.000000,4000,0
`;

describe.skipIf(CHROMIUM === undefined)("a chart of steps in a browser", () => {
  const open = useBrowser();
  const directory = scratchDirectory();

  beforeAll(async () => {
    writeFileSync(join(directory, "steps.csv"), ROWS);
    expect((await callBalloonSim(["report", "steps.csv", "-o", "steps.html"], { cwd: directory })).status).toBe(0);
  });

  /** How high a chart's topmost coloured pixel is at a time, as a share of the chart's height; 0 is the bottom. */
  async function heightAt(title: string, seconds: number): Promise<number> {
    const { page } = await open(join(directory, "steps.html"));
    const chart = page.locator("#charts > *").filter({ hasText: title }).first();
    await chart.scrollIntoViewIfNeeded();
    await chart.locator("canvas").waitFor();
    return chart.locator(".u-over").evaluate((over, share) => {
      // biome-ignore lint/suspicious/noExplicitAny: the types of the DOM are not those of the tests
      const canvas = over.parentElement?.querySelector("canvas") as any;
      const outer = canvas.getBoundingClientRect();
      const box = over.getBoundingClientRect();
      const scale = canvas.width / outer.width;
      const x = Math.round((box.left - outer.left + box.width * share) * scale);
      const top = Math.round((box.top - outer.top) * scale);
      const height = Math.round(box.height * scale);
      const { data } = canvas.getContext("2d").getImageData(x, top, 1, height);
      for (let y = 0; y < height; y++) {
        const [r = 0, g = 0, b = 0, a = 0] = data.subarray(4 * y, 4 * y + 4);
        // A curve has a colour, the grid is grey.
        if (a > 200 && Math.max(r, g, b) - Math.min(r, g, b) > 60) return 1 - y / height;
      }
      return 0;
    }, seconds / 40);
  }

  test("a limit changes at its row, and a pace has been what it is since the row before", slow(4), async () => {
    expect(await heightAt("Limits of the driver", 15)).toBeLessThan(0.4);
    expect(await heightAt("Limits of the driver", 25)).toBeGreaterThan(0.7);
    expect(await heightAt("Pace of the balloon", 5)).toBeLessThan(0.2);
    expect(await heightAt("Pace of the balloon", 15)).toBeGreaterThan(0.7);
    expect(await heightAt("Pace of the balloon", 35)).toBeLessThan(0.2);
  });
});

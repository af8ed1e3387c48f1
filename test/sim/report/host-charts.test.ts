import { expect, test } from "vitest";
import { memoryChart } from "../../../src/sim/report/host/charts.ts";

test("a state that begins with the last sample has no stretch of negative width", () => {
  // Among these times are some half-way between two places that are drawn.
  for (let lastUs = 1; lastUs < 4000; lastUs++) {
    const chart = memoryChart({
      endUs: 4000,
      memory: 1000,
      timesUs: [0, lastUs],
      overhead: [0, 0],
      swapped: [0, 0],
      states: ["high", "soft"],
      kills: [0, 0],
      vms: [],
    });
    expect(chart.text).not.toContain('width="-');
  }
});

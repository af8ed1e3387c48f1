import pc from "picocolors";
import { atColumns, chartColumns, drawChart, type TerminalStyle } from "../output/terminal-chart.ts";
import { curveTitle, endOf, picturedCurves } from "./picture.ts";
import type { Scenario } from "./scenario.ts";

const ROWS = 8;

/** The curves of a scenario in characters: the simulated one over the recorded ones. */
export function fidelityInTerminal(scenario: Scenario, style: TerminalStyle): string {
  const columns = chartColumns(style.width);
  const { bold, blue, yellow } = pc.createColors(style.hasColours);
  const endUs = endOf(scenario);
  const charts = picturedCurves(scenario).map((curve) => {
    const digits = curve.axisUnit === "GiB" ? 2 : curve.axisUnit === "s" ? 1 : 0;
    const recorded = curve.recorded.map((run) => atColumns(run, columns, endUs));
    const lines = [
      ...recorded.map((values, i) => ({
        label: recorded.length === 1 ? "recorded" : `recorded ${i + 1}`,
        glyph: "░",
        paint: yellow,
        isBar: i === 0,
        values,
      })),
      { label: "simulated", glyph: "•", paint: blue, isBar: false, values: atColumns(curve.simulated, columns, endUs) },
    ];
    return drawChart({ title: curveTitle(curve), lines, rows: ROWS, columns, endUs, digits });
  });
  return [bold(scenario.name), ...charts].join("\n");
}

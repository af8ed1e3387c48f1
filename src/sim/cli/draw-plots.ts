import type { PlotData } from "../output/plot-data.ts";
import { OutputFile } from "./jobs/output-file.ts";
import { writeAll } from "./jobs/text-sink.ts";
import { print } from "./output.ts";

const DEFAULT_WIDTH = 100;

/** Draws runs: into an SVG file if there is one, else on standard output. */
export async function drawPlots(plots: readonly PlotData[], svgPath: string | null): Promise<void> {
  if (svgPath === null) {
    const { plotInTerminal } = await import("../output/plot-terminal.ts");
    const { default: pc } = await import("picocolors");
    const style = {
      width: process.stdout.columns ?? DEFAULT_WIDTH,
      hasColours: process.stdout.isTTY && pc.isColorSupported,
    };
    print(plots.map((data) => plotInTerminal(data, style)).join("\n"));
    return;
  }
  const { plotAsSvg } = await import("../output/plot-svg.ts");
  const file = new OutputFile(svgPath, "--plot");
  try {
    for (const data of plots) await writeAll(file, Buffer.from(plotAsSvg(data)));
    file.commit();
  } finally {
    file.discard();
  }
}

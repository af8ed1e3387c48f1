import { print } from "../../common/cli/output.ts";
import { type Writable, writeAll } from "../../common/cli/text-sink.ts";
import type { PlotData } from "../output/plot-data.ts";

const DEFAULT_WIDTH = 100;

/** Draws runs on standard output; in colour if that is a terminal, unless NO_COLOR is set. */
export async function drawInTerminal(plots: readonly PlotData[]): Promise<void> {
  const { plotInTerminal } = await import("../output/plot-terminal.ts");
  const { default: pc } = await import("picocolors");
  const { isTTY, columns } = process.stdout;
  const style = { width: columns ?? DEFAULT_WIDTH, hasColours: isTTY && pc.isColorSupported };
  print(plots.map((data) => plotInTerminal(data, style)).join("\n"));
}

/** Draws runs as SVG. */
export async function drawInFile(plots: readonly PlotData[], file: Writable): Promise<void> {
  const { plotAsSvg } = await import("../output/plot-svg.ts");
  for (const data of plots) await writeAll(file, Buffer.from(plotAsSvg(data)));
}

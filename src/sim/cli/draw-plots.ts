import { print } from "../../common/cli/output.ts";
import { writeAll } from "../../common/cli/text-sink.ts";
import type { Writable } from "../../common/files/output-file.ts";
import type { PlotData } from "../output/plot-data.ts";
import { runLabels } from "../output/run-labels.ts";
import type { TerminalStyle } from "../output/terminal-chart.ts";

const DEFAULT_WIDTH = 100;

/**
 * Style of pictures on standard output: the terminal's width, in colour if it is a terminal and NO_COLOR is not set.
 */
export async function terminalStyle(): Promise<TerminalStyle> {
  const { default: pc } = await import("picocolors");
  const { isTTY, columns } = process.stdout;
  return { width: columns ?? DEFAULT_WIDTH, hasColours: isTTY && pc.isColorSupported };
}

/** Draws runs on standard output. */
export async function drawInTerminal(plots: readonly PlotData[]): Promise<void> {
  const { plotInTerminal } = await import("../output/plot-terminal.ts");
  const style = await terminalStyle();
  const labels = runLabels(plots);
  print(plots.map((data, i) => plotInTerminal(data, style, labels[i])).join("\n"));
}

/** Draws runs as SVG. */
export async function drawInFile(plots: readonly PlotData[], file: Writable): Promise<void> {
  const { plotAsSvg } = await import("../output/plot-svg.ts");
  for (const data of plots) await writeAll(file, Buffer.from(plotAsSvg(data)));
}

import { formatTime } from "../../common/units.ts";
import type { Curve } from "../output/envelope.ts";
import { AXIS_HEIGHT, drawPanel, LEGEND_HEIGHT, legend, type SvgLine } from "../output/svg-panel.ts";
import { SVG_STYLE } from "../output/svg-style.ts";
import { escapeXml, wrapText } from "../output/svg-text.ts";
import { curveTitle, endOf, type PicturedCurve, picturedCurves } from "./picture.ts";
import type { Scenario } from "./scenario.ts";

const WIDTH = 960;
const LEFT = 60;
const COLUMNS = 2;
const COLUMN_WIDTH = 464;
const PANEL_WIDTH = 380;
const PANEL_HEIGHT = 120;
const TITLE_BASELINE = 34;
const SUBTITLE_LINE = 18;
const SUBTITLE_CHARACTERS = 128;
const BOTTOM = 26;
/** Recorded curves are drawn behind the simulated one, and over each other. */
const OWN_STYLE = ".recorded{stroke-width:1.2;opacity:.75}\n";

const RECORDED = { label: "recorded", className: "recorded out" } as const;
const SIMULATED = { label: "simulated", className: "size" } as const;

/** The curves of a scenario as a self-contained SVG document: the simulated one over the recorded ones. */
export function fidelityAsSvg(scenario: Scenario): string {
  const curves = picturedCurves(scenario);
  const endUs = endOf(scenario);
  const subtitle = wrapText(scenario.settings, SUBTITLE_CHARACTERS, 3);
  const firstTop = TITLE_BASELINE + subtitle.length * SUBTITLE_LINE + 12 + LEGEND_HEIGHT;
  const rowHeight = PANEL_HEIGHT + AXIS_HEIGHT + LEGEND_HEIGHT;
  const height = firstTop + Math.ceil(curves.length / COLUMNS) * rowHeight - LEGEND_HEIGHT + BOTTOM;
  const name = escapeXml(scenario.name);
  const panels = curves.map((curve, i) =>
    drawPanel(
      {
        title: escapeXml(curveTitle(curve)),
        left: LEFT + (i % COLUMNS) * COLUMN_WIDTH,
        top: firstTop + Math.floor(i / COLUMNS) * rowHeight,
        width: PANEL_WIDTH,
        height: PANEL_HEIGHT,
        lines: linesOf(curve),
        convert: (value) => value,
        format: String,
      },
      endUs,
    ),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${name}: simulated and recorded curves over time</title>`,
    `<desc id="desc">${escapeXml(describe(scenario, curves, endUs))}</desc>`,
    `<style>${SVG_STYLE}${OWN_STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    `<text class="name" x="${LEFT}" y="${TITLE_BASELINE}">${name}</text>`,
    legend([RECORDED, SIMULATED], LEFT + (COLUMNS - 1) * COLUMN_WIDTH + PANEL_WIDTH, TITLE_BASELINE),
    ...subtitle.map(
      (text, i) =>
        `<text class="note" x="${LEFT}" y="${TITLE_BASELINE + (i + 1) * SUBTITLE_LINE + 2}">${escapeXml(text)}</text>`,
    ),
    ...panels,
    "</svg>\n",
  ].join("\n");
}

function linesOf({ recorded, simulated }: PicturedCurve): SvgLine[] {
  // One legend for all panels is at the top.
  const line = (className: string, curve: Curve): SvgLine => ({
    label: "",
    className,
    curve,
    steps: false,
    fill: false,
  });
  return [...recorded.map((curve) => line(RECORDED.className, curve)), line(SIMULATED.className, simulated)];
}

function describe(scenario: Scenario, curves: readonly PicturedCurve[], endUs: number): string {
  const runs = scenario.runs.length;
  const errors = curves.map(({ kind, verdict }) => `${kind.title} ${(verdict.error * 100).toFixed(1)} %`).join(", ");
  return `${formatTime(endUs)} of ${runs === 1 ? "one run" : `${runs} repetitions`} and the replay. Off by, of the range: ${errors}.`;
}

import { type Colour, PALETTE } from "./palette.ts";

/** Style of a class: one property with the colour, and properties that are the same on both backgrounds. */
interface Rule {
  readonly selector: string;
  readonly property: "fill" | "stroke";
  readonly light: string;
  readonly dark: string;
}

const rule = (selector: string, property: Rule["property"], colour: Colour): Rule => ({
  selector,
  property,
  ...colour,
});

// Colours are repeated for the dark background; many converters and viewers of SVG do not support CSS variables.
const RULES: readonly Rule[] = [
  rule(".ground", "fill", PALETTE.ground),
  rule("text", "fill", PALETTE.ink),
  rule(".note,.tick", "fill", PALETTE.soft),
  rule(".grid", "stroke", PALETTE.grid),
  rule(".zero", "stroke", PALETTE.zero),
  rule(".line.size,.line.in", "stroke", PALETTE.blue),
  rule(".area.size,.area.in", "fill", PALETTE.blue),
  rule(".line.out", "stroke", PALETTE.vermilion),
  rule(".area.out", "fill", PALETTE.vermilion),
  rule(".line.free", "stroke", PALETTE.green),
  rule(".line.target", "stroke", PALETTE.ink),
  rule(".line.limit-in", "stroke", PALETTE.purple),
  rule(".line.limit-out", "stroke", PALETTE.ochre),
  rule(".kill,.kill-line", "stroke", PALETTE.vermilion),
];

const css = (ground: "light" | "dark"): string =>
  RULES.map(({ selector, property, [ground]: colour }) => `${selector}{${property}:${colour}}`).join("\n");

/** The style sheet of a picture, readable on a light and on a dark background. */
export const SVG_STYLE = `
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.name{font-size:20px;font-weight:600}
.note{font-size:13px}
.panel{font-size:13px;font-weight:600}
.tick{font-size:12px;font-variant-numeric:tabular-nums}
.end{text-anchor:end}
.middle{text-anchor:middle}
.grid,.zero,.line,.kill,.kill-line{fill:none}
.kill{stroke-width:2}
.kill-line{stroke-width:1;stroke-dasharray:2 3}
.line{stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.zero{stroke-width:1.8}
.area{stroke:none;opacity:.18}
.target{stroke-dasharray:6 4;stroke-width:1.5}
.limit-in,.limit-out{stroke-dasharray:2 4;stroke-width:1.5}
${css("light")}
@media (prefers-color-scheme:dark){
${css("dark")}
}
`;

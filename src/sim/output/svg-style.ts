/** How a class is drawn: one property that carries the colour, and what does not depend on the ground. */
interface Rule {
  readonly selector: string;
  readonly property: "fill" | "stroke";
  readonly light: string;
  readonly dark: string;
}

const rule = (selector: string, property: Rule["property"], light: string, dark: string): Rule => ({
  selector,
  property,
  light,
  dark,
});

// Colours that remain apart for colour-blind eyes. They are repeated for the dark ground instead of being CSS variables,
// which many converters and viewers of SVG do not know.
const RULES: readonly Rule[] = [
  rule(".ground", "fill", "#ffffff", "#0d1117"),
  rule("text", "fill", "#1b1f24", "#e6edf3"),
  rule(".note,.tick", "fill", "#57606a", "#9aa5b1"),
  rule(".grid", "stroke", "#e4e8ec", "#262d36"),
  rule(".zero", "stroke", "#8c959f", "#6e7681"),
  rule(".line.size,.line.in", "stroke", "#0072b2", "#56b4e9"),
  rule(".area.size,.area.in", "fill", "#0072b2", "#56b4e9"),
  rule(".line.out", "stroke", "#d55e00", "#ff8c42"),
  rule(".area.out", "fill", "#d55e00", "#ff8c42"),
  rule(".line.free", "stroke", "#009e73", "#2bc99a"),
  rule(".line.target", "stroke", "#1b1f24", "#e6edf3"),
  rule(".line.limit-in", "stroke", "#a3477f", "#e58fc4"),
  rule(".line.limit-out", "stroke", "#b37400", "#e6b450"),
];

const css = (ground: "light" | "dark"): string =>
  RULES.map(({ selector, property, [ground]: colour }) => `${selector}{${property}:${colour}}`).join("\n");

/** The style sheet of a picture, readable on light and on dark ground. */
export const SVG_STYLE = `
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
.name{font-size:20px;font-weight:600}
.note{font-size:13px}
.panel{font-size:13px;font-weight:600}
.tick{font-size:12px;font-variant-numeric:tabular-nums}
.end{text-anchor:end}
.middle{text-anchor:middle}
.grid,.zero,.line{fill:none}
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

/** Control characters, halves of surrogate pairs and non-characters, most of which XML forbids. */
const UNFIT = /[\p{Cs}\u{fffe}\u{ffff}]|(?![\t\n\r])\p{Cc}/gu;

/** Text for XML, in content and in attributes. */
export function escapeXml(text: string): string {
  return text
    .replace(UNFIT, "")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}

/** A text in lines of at most `columns` characters; what does not fit into `lines` of them ends with an ellipsis. */
export function wrapText(text: string, columns: number, lines: number): string[] {
  const result: string[] = [];
  let current = "";
  for (const word of text.split(/\s+/).filter((w) => w !== "")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (longer.length <= columns) {
      current = longer;
    } else {
      if (current !== "") result.push(current);
      current = word.length > columns ? `${word.slice(0, columns - 1)}…` : word;
    }
  }
  if (current !== "") result.push(current);
  if (result.length <= lines) return result;
  const last = result[lines - 1] as string;
  return [...result.slice(0, lines - 1), `${last.slice(0, columns - 1).trimEnd()}…`];
}

/** Colours that remain apart for colour-blind eyes, on light and on dark ground. */
export const STYLE = `
:root{--ground:#fff;--ink:#1b1f24;--soft:#57606a;--grid:#e4e8ec;--blue:#0072b2;--green:#009e73;--orange:#d55e00;--purple:#a3477f;--amber:#b37400}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--ink:#e6edf3;--soft:#9aa5b1;--grid:#262d36;--blue:#56b4e9;--green:#2bc99a;--orange:#ff8c42;--purple:#e58fc4;--amber:#e6b450}}
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--ink)}
.ground{fill:var(--ground)}
.name{font-size:20px;font-weight:600}
.note{font-size:13px;fill:var(--soft)}
.panel{font-size:13px;font-weight:600}
.tick{font-size:12px;fill:var(--soft);font-variant-numeric:tabular-nums}
.end{text-anchor:end}
.middle{text-anchor:middle}
.grid{stroke:var(--grid);fill:none}
.zero{stroke:var(--soft);fill:none}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
.area{stroke:none;opacity:.18}
.line.size,.line.in{stroke:var(--blue)}
.area.size,.area.in{fill:var(--blue)}
.line.out{stroke:var(--orange)}
.area.out{fill:var(--orange)}
.line.free{stroke:var(--green)}
.line.target{stroke:var(--ink);stroke-dasharray:6 4;stroke-width:1.5}
.line.limit-in{stroke:var(--purple);stroke-dasharray:2 4;stroke-width:1.5}
.line.limit-out{stroke:var(--amber);stroke-dasharray:2 4;stroke-width:1.5}
`;

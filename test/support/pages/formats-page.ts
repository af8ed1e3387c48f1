import { HOST_POLICIES } from "../../../src/sim/host/policies/index.ts";
import { FORMAT_HEAD, formatRows } from "../../../src/sim/import/describe.ts";
import { FORMATS } from "../../../src/sim/import/formats/index.ts";
import { REFUSED } from "../../../src/sim/import/formats/refused.ts";
import type { Format } from "../../../src/sim/import/reader.ts";
import { QUANTITIES } from "../../../src/sim/import/vocabulary.ts";

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |\n`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  row(head) + row(head.map(() => "---")) + rows.map(row).join("");
const code = (text: string): string => `\`${text}\``;

function section(format: Format): string {
  const demands = format.demands.map(({ name, meaning, formulas }, i) => [
    `${code(name)}${i === 0 ? " (default)" : ""}`,
    code(formulas),
    meaning,
  ]);
  const columns = format.columns.map(({ quantity, field, unit, kind, aggregate, windowSeconds, how }) => [
    code(quantity),
    code(field),
    unit,
    kind,
    windowSeconds === null ? aggregate : `${aggregate} of ${windowSeconds} s`,
    how,
  ]);
  return [
    `## ${format.name}`,
    `${format.title}: ${format.source}.`,
    format.quirks.map((quirk) => `- ${quirk}`).join("\n"),
    table(["demand", "formulas", "assumes"], demands).trimEnd(),
    table(["quantity", "field", "unit", "kind", "aggregate", "provenance"], columns).trimEnd(),
  ].join("\n\n");
}

/** `docs/formats.md`: everything that the formats declare about themselves. */
export function formatsPage(): string {
  const quantities = Object.entries(QUANTITIES).map(([name, meaning]) => [code(name), meaning]);
  return `${[
    "# Formats of logs",
    "The formats of [`balloon-sim import`](import.md). This page is generated from the program's source.",
    table(
      [...FORMAT_HEAD.slice(0, -1)],
      formatRows().map((cells) => cells.slice(0, -1)),
    ).trimEnd(),
    "Times: source of the zone of a log. RAM: source of the machine's memory. Target: whether the log has " +
      "the\nballoon's target, or a scenario must provide it.",
    ...FORMATS.map(section),
    "## Quantities",
    "Parsers use these names for their quantities. A quantity that is not in the list has a name with the prefix " +
      "`x-` and is kept, too.",
    table(["quantity", "meaning"], quantities).trimEnd(),
    "## Policies",
    "The policies of `--target policy:NAME`.",
    table(
      ["policy", "meaning"],
      HOST_POLICIES.map(({ name, meaning }) => [code(name), meaning]),
    ).trimEnd(),
    "## Refused files",
    "These files are recognised, and refused with the reason.",
    table(
      ["file", "why"],
      REFUSED.map(({ title, why }) => [title, why]),
    ).trimEnd(),
  ].join("\n\n")}\n`;
}

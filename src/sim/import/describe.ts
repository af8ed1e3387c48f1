/** The declarations of the formats, for `import --list` and for the documentation. */
import { FORMATS } from "./formats/index.ts";
import { REFUSED } from "./formats/refused.ts";
import type { Format } from "./reader.ts";
import { quantitiesOf } from "./reader.ts";

const CLOCKS: Readonly<Record<Format["clock"], string>> = {
  epoch: "UTC",
  zoned: "zone in the log",
  local: "local, --tz",
  relative: "from its beginning",
};

const MEMORY: Readonly<Record<Format["memory"], string>> = {
  measured: "in the log",
  inferred: "inferred",
  given: "--memory",
};

/** Columns of the table of formats. */
export const FORMAT_HEAD = ["format", "what", "step", "times", "RAM", "target", "machines", "carries"] as const;

/** A row for each format. */
export function formatRows(): string[][] {
  return FORMATS.map((format) => {
    const quantities = quantitiesOf(format);
    return [
      format.name,
      format.title,
      format.step,
      CLOCKS[format.clock],
      MEMORY[format.memory],
      quantities.includes("balloonTarget") ? "measured" : "--target",
      format.machines,
      quantities.join(" "),
    ];
  });
}

/** All declarations of the formats, for programs. */
export function formatList(): object {
  return {
    formats: FORMATS.map(({ detect: _, open: __, memoryFinder: ___, ...declared }) => declared),
    refused: REFUSED.map(({ title, why }) => ({ title, why })),
  };
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../processes/command.ts";

/** A setting of the labs: a row of `lab/guest/settings.tsv`. */
export interface LabSetting {
  readonly name: string;
  readonly labs: readonly string[];
  readonly unit: string;
  /** What its value matches from its first character to its last. */
  readonly pattern: string;
  readonly meaning: string;
}

/** A scenario that can be recorded: an entry of `lab/scenarios.json`. */
export interface LabScenario {
  readonly name: string;
  readonly lab: string;
  readonly memory: string;
  readonly settings: string;
}

export function labSettings(): LabSetting[] {
  const [, ...rows] = readFileSync(join(ROOT, "lab/guest/settings.tsv"), "utf8").trimEnd().split("\n");
  return rows.map((row) => {
    const [name = "", labs = "", unit = "", pattern = "", meaning = ""] = row.split("\t");
    return { name, labs: labs.split(" "), unit, pattern, meaning };
  });
}

export const labScenarios = (): LabScenario[] =>
  JSON.parse(readFileSync(join(ROOT, "lab/scenarios.json"), "utf8")) as LabScenario[];

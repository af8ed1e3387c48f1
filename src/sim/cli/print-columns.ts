import { print } from "../../common/cli/output.ts";
import type { BalloonPolicy } from "../../engine/index.ts";
import { columnsOf } from "../output/columns.ts";
import { formatTable, terminalWidth } from "./table.ts";

/** Executes `balloon-sim run --columns help`. */
export function printColumns(policy: BalloonPolicy): void {
  const rows = columnsOf(policy).map(({ name, unit, kind, isDefault, meaning }) => [
    name,
    unit,
    kind,
    isDefault ? "yes" : "",
    meaning,
  ]);
  const head = ["name", "unit", "kind", "default", "meaning"];
  print(formatTable({ head, align: ["left", "left", "left", "left", "left"], width: terminalWidth() }, rows));
}

import { print } from "../../common/cli/output.ts";
import type { BalloonPolicy } from "../../engine/index.ts";
import { type Column, columnsOf } from "../output/columns.ts";
import { formatTable, terminalWidth } from "./table.ts";

/** Executes `balloon-sim run --columns help`. @param further columns beside those of a run */
export function printColumns(policy: BalloonPolicy, further: readonly Column[] = []): void {
  const rows = [...columnsOf(policy), ...further].map(({ name, unit, kind, isDefault, meaning }) => [
    name,
    unit,
    kind,
    isDefault ? "yes" : "",
    meaning,
  ]);
  const head = ["name", "unit", "kind", "default", "meaning"];
  print(formatTable({ head, align: ["left", "left", "left", "left", "left"], width: terminalWidth() }, rows));
}

import { print } from "../../common/cli/output.ts";
import { COLUMNS } from "../output/columns.ts";
import { formatTable, terminalWidth } from "./table.ts";

/** The work of `balloon-sim run --columns help`. */
export function printColumns(): void {
  const rows = COLUMNS.map(({ name, unit, kind, isDefault, meaning }) => [
    name,
    unit,
    kind,
    isDefault ? "yes" : "",
    meaning,
  ]);
  const head = ["name", "unit", "kind", "default", "meaning"];
  print(formatTable({ head, align: ["left", "left", "left", "left", "left"], width: terminalWidth() }, rows));
}

import { print } from "../../common/cli/output.ts";
import { FORMAT_HEAD, formatList, formatRows } from "../import/describe.ts";
import { formatTable, terminalWidth } from "./table.ts";

/** Executes `balloon-sim import --list`. */
export function printFormats(options: { readonly json?: true }): void {
  if (options.json) {
    print(`${JSON.stringify(formatList(), null, 2)}\n`);
    return;
  }
  const width = terminalWidth();
  if (width === undefined) {
    print(formatTable({ head: FORMAT_HEAD, align: FORMAT_HEAD.map(() => "left" as const) }, formatRows()));
    return;
  }
  // Side by side the columns would be wider than a terminal.
  const fields = formatRows().flatMap(([name = "", ...values]) =>
    values.map((value, i) => [i === 0 ? name : "", FORMAT_HEAD[i + 1] as string, value]),
  );
  print(formatTable({ head: [FORMAT_HEAD[0], "", ""], align: ["left", "left", "left"], width }, fields));
}

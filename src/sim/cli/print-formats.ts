import { print } from "../../common/cli/output.ts";
import { FORMAT_HEAD, formatList, formatRows } from "../import/describe.ts";
import { formatTable, terminalWidth } from "./table.ts";

/** The work of `balloon-sim import --list`. */
export function printFormats(options: { readonly json?: true }): void {
  if (options.json) {
    print(`${JSON.stringify(formatList(), null, 2)}\n`);
    return;
  }
  const align = FORMAT_HEAD.map(() => "left" as const);
  print(formatTable({ head: FORMAT_HEAD, align, width: terminalWidth() }, formatRows()));
}

import { print } from "../../common/cli/output.ts";
import { parseRates } from "../../common/rates-file.ts";
import { RATE_FIELDS } from "../../engine/index.ts";
import { formatTable, terminalWidth } from "./table.ts";

/** The work of `balloon-sim rates`. */
export function printRates(options: { readonly rates?: string; readonly set?: string[]; readonly json?: true }): void {
  const rates = parseRates(options.rates, options.set);
  if (options.json) {
    print(`${JSON.stringify(Object.fromEntries(RATE_FIELDS.map((f) => [f.flag, rates[f.key]])), null, 2)}\n`);
    return;
  }
  const rows = RATE_FIELDS.map((f) => [
    f.flag,
    String(rates[f.key]),
    String(f.value),
    `${f.min}..${f.max}`,
    f.unit,
    f.meaning,
  ]);
  const head = ["name", "value", "default", "range", "unit", "meaning"];
  print(formatTable({ head, align: ["left", "right", "right", "left", "left", "left"], width: terminalWidth() }, rows));
}

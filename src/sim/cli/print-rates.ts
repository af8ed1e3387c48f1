import { print } from "../../common/cli/output.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { ratesFileText, ratesOf } from "../../common/rates.ts";
import { givenDriver } from "./given-driver.ts";
import { formatTable, terminalWidth } from "./table.ts";

/** The options of `balloon-sim rates` as the command line gives them. */
export interface RatesOptions {
  readonly driver?: string;
  readonly rates?: string;
  readonly set?: string[];
  readonly json?: true;
}

/** Executes `balloon-sim rates`. */
export function printRates(options: RatesOptions): void {
  const given = givenDriver(options);
  const policy = policyNamed(given.name, "--driver");
  const rates = ratesOf(policy, given.rates, options.set);
  if (options.json) {
    print(ratesFileText(policy, rates));
    return;
  }
  const rows = policy.params.map((param) => [
    param.name,
    String(rates[param.key]),
    String(param.default),
    `${param.min}..${param.max}`,
    param.unit,
    param.meaning,
  ]);
  const head = ["name", "value", "default", "range", "unit", "meaning"];
  print(formatTable({ head, align: ["left", "right", "right", "left", "left", "left"], width: terminalWidth() }, rows));
}

import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import type { BalloonPolicy } from "../../engine/index.ts";
import { type Column, columnsOf, defaultColumnsOf } from "./columns.ts";

/**
 * The columns of `--columns`: names separated by commas, `default` and `all` for whole groups, in the given order.
 * @param policy of the driver whose runs have the columns
 * @param place prefix of the message
 * @throws {InputError} for the first name that is unknown or repeated
 */
export function chooseColumns(list: string, policy: BalloonPolicy, place = "--columns"): readonly Column[] {
  const all = columnsOf(policy);
  const groups = new Map([
    ["default", defaultColumnsOf(policy)],
    ["all", all],
  ]);
  const chosen = new Set<Column>();
  for (const part of list.split(",")) {
    const name = part.trim();
    const group = groups.get(name);
    const column = all.find((one) => one.name === name);
    if (group === undefined && column === undefined) {
      throw new InputError(
        `${place}: ${unknownColumn(name, [...all.map((one) => one.name), ...groups.keys(), "help"])}`,
      );
    }
    for (const one of group ?? [column as Column]) {
      if (chosen.has(one)) throw new InputError(`${place}: ${quote(one.name)} is named twice`);
      chosen.add(one);
    }
  }
  return [...chosen];
}

function unknownColumn(name: string, known: readonly string[]): string {
  const problem = name === "" ? "a name is missing" : `unknown column ${quote(name)}${didYouMean(name, known)}`;
  return `${problem} (balloon-sim run --columns help lists them)`;
}

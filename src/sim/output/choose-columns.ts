import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import { type BalloonPolicy, DEFAULT_POLICY } from "../../engine/index.ts";
import { type Column, columnsOf, defaultColumnsOf, HOSTED_COLUMNS } from "./columns.ts";

/**
 * The columns of `--columns`: names separated by commas, `default` and `all` for whole groups, in the given order.
 * @param policy of the driver whose runs have the columns
 * @param place prefix of the message
 * @throws {InputError} for the first name that is unknown or repeated
 */
export const chooseColumns = (list: string, policy: BalloonPolicy, place = "--columns"): readonly Column[] =>
  choose(list, policy, { place, help: `balloon-sim run ${driverOf(policy)}--columns help`, further: new Map() });

/** The columns of a VM on a host: also those of its host, of which `host` is the group. @throws {InputError} as above */
export const chooseHostedColumns = (list: string, policy: BalloonPolicy, place: string): readonly Column[] =>
  choose(list, policy, {
    place,
    help: `balloon-sim host ${driverOf(policy)}--vm-columns help`,
    further: new Map([["host", HOSTED_COLUMNS]]),
  });

const driverOf = ({ name }: BalloonPolicy): string => (name === DEFAULT_POLICY.name ? "" : `--driver ${name} `);

/** The words of a choice. */
interface Choice {
  readonly place: string;
  /** The command that lists the columns. */
  readonly help: string;
  /** Groups of columns beside those of a run. */
  readonly further: ReadonlyMap<string, readonly Column[]>;
}

function choose(list: string, policy: BalloonPolicy, { place, help, further }: Choice): readonly Column[] {
  const all = [...columnsOf(policy), ...[...further.values()].flat()];
  const groups = new Map([["default", defaultColumnsOf(policy)], ["all", all], ...further]);
  const chosen = new Set<Column>();
  for (const part of list.split(",")) {
    const name = part.trim();
    const group = groups.get(name);
    const column = all.find((one) => one.name === name);
    if (group === undefined && column === undefined) {
      throw new InputError(`${place}: ${unknownColumn(name, all, [...groups.keys(), "help"], help)}`);
    }
    for (const one of group ?? [column as Column]) {
      if (chosen.has(one)) throw new InputError(`${place}: ${quote(one.name)} is named twice`);
      chosen.add(one);
    }
  }
  return [...chosen];
}

function unknownColumn(name: string, columns: readonly Column[], others: readonly string[], help: string): string {
  const hint = () => didYouMean(name, [...columns.map((one) => one.name), ...others]) || withTheseWords(name, columns);
  const problem = name === "" ? "a name is missing" : `unknown column ${quote(name)}${hint()}`;
  return `${problem} (${help} lists them)`;
}

/** Maximum number of columns that a hint names: words that more of them have say little. */
const MAX_HINTS = 4;

/** A hint at the columns whose names and meanings have all words of a name: `stall_some_us` for `psi_some`. */
function withTheseWords(name: string, columns: readonly Column[]): string {
  const words = name.toLowerCase().match(/[a-z]{3,}/g) ?? [];
  const wordsOf = (column: Column) => `${column.name} ${column.meaning}`.toLowerCase().match(/[a-z]+/g) ?? [];
  const found = columns.filter((column) => {
    const own = new Set(wordsOf(column));
    return words.length > 0 && words.every((word) => own.has(word));
  });
  if (found.length === 0 || found.length > MAX_HINTS) return "";
  return `; did you mean ${found.map((one) => `"${one.name}"`).join(" or ")}?`;
}

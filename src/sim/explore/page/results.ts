/** The table of objectives: the shown run beside the pinned one, with the noise of worlds. */
import { medianOf } from "../../../common/statistics.ts";
import { changeText, formatNumber, verdictOf } from "../../report/numbers.ts";
import { byId, element } from "../../report/page/dom.ts";
import { relationOf } from "../../tune/spread.ts";

/** Values of the objectives, for each world; one world: no spread is known. */
export type Worlds = readonly (readonly number[])[];

/** What a row is about. */
export interface ObjectiveModel {
  readonly name: string;
  /** `s`, `pages`, `share`, or a number without a unit. */
  readonly unit: string;
  readonly better: "less" | "more";
  readonly meaning: string;
}

/** A row of the table, with the cells after its name. */
interface Row {
  readonly tr: HTMLElement;
  readonly cells: readonly HTMLElement[];
}

/** The table. */
export class Results {
  readonly #objectives: readonly ObjectiveModel[];
  readonly #rows: readonly Row[];

  constructor(objectives: readonly ObjectiveModel[]) {
    this.#objectives = objectives;
    this.#rows = objectives.map(({ name, better, meaning }) => {
      const cells = [0, 1, 2].map(() => element("td", { class: "n" }));
      const title = `${meaning}. ${better === "less" ? "Less" : "More"} is better.`;
      return {
        tr: element("tr", { title, "data-name": name }, element("th", { scope: "row" }, ...breakable(name)), ...cells),
        cells,
      };
    });
    byId("results").replaceChildren(...this.#rows.map(({ tr }) => tr));
  }

  /**
   * @param pinned the shown one if that is pinned; null: not known yet
   * @param alone about results of one world; given: a change in one world is marked as better or worse, too
   */
  show(shown: Worlds, pinned: Worlds | null, alone?: string): void {
    const isSure = shown.length > 1 && (pinned === null || pinned.length === shown.length);
    this.#objectives.forEach(({ unit, better }, i) => {
      const { tr, cells } = this.#rows[i] as Row;
      const now = shown.map((values) => values[i] as number);
      const before = pinned?.map((values) => values[i] as number) ?? null;
      const [first, second, third] = cells as [HTMLElement, HTMLElement, HTMLElement];
      fill(first, before, unit);
      fill(second, now, unit);
      const change =
        before === null ? UNKNOWN : changeOf(now, before, { better, isSure, marksOne: alone !== undefined });
      third.textContent = change.text;
      third.className = `n ${change.verdict}`;
      third.title = change.title;
      tr.classList.toggle("same", change === EQUAL);
    });
    byId("results-about").textContent = isSure
      ? `Medians of ${shown.length} worlds; in small: lowest to highest. ~ is within the variation between worlds.`
      : (alone ?? "One world. Medians and the noise of worlds follow when the hand rests.");
  }
}

/** A name of several words, which may be broken between them. */
const breakable = (name: string): (Node | string)[] =>
  name.split(/(?<=_)/).flatMap((word, i) => (i === 0 ? [word] : [element("wbr"), word]));

interface ChangeCell {
  readonly text: string;
  readonly verdict: "win" | "loss" | "";
  readonly title: string;
}

const EQUAL: ChangeCell = { text: "=", verdict: "", title: "no difference" };

/** As long as the pinned run is not known. */
const UNKNOWN: ChangeCell = { text: "", verdict: "", title: "" };

interface ChangeOptions {
  readonly better: "less" | "more";
  readonly isSure: boolean;
  readonly marksOne: boolean;
}

function changeOf(
  now: readonly number[],
  before: readonly number[],
  { better, isSure, marksOne }: ChangeOptions,
): ChangeCell {
  const [a, b] = [medianOf([...now]), medianOf([...before])];
  const relation = isSure ? relationOf(now, before) : a === b ? "=" : a < b ? "<" : ">";
  if (relation === "=") return EQUAL;
  if (relation === "~")
    return { text: "~", verdict: "", title: "no significant difference: within the variation between worlds" };
  const text = changeText(a, b) || (a > b ? "more" : "less");
  const verdict =
    isSure || marksOne ? (verdictOf(relation === "<" ? 0 : 1, relation === "<" ? 1 : 0, better) ?? "") : "";
  return { text, verdict, title: isSure ? "significant" : "in one world" };
}

function fill(cell: HTMLElement, values: readonly number[] | null, unit: string): void {
  if (values === null) return cell.replaceChildren("");
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const shown = scaleOf(high, unit);
  const text = (value: number): string => formatNumber(value / shown.size, DIGITS);
  const value = medianOf([...values]);
  cell.replaceChildren(
    value === 0 && high === 0 ? "0" : `${text(value)}${shown.unit}`,
    ...(text(low) === text(high) ? [] : [element("small", {}, `${text(low)} .. ${text(high)}`)]),
  );
}

const DIGITS = 3;

/** The unit in which values up to `high` are shown. */
function scaleOf(high: number, unit: string): { readonly size: number; readonly unit: string } {
  if (unit === "s") return { size: 1, unit: " s" };
  if (unit === "share") return { size: 0.01, unit: " %" };
  if (!unit.startsWith("pages")) return { size: 1, unit: "" };
  const [name, size] = SIZES.find(([, pages]) => high >= pages) ?? ["KiB", 1 / 4];
  return { size, unit: ` ${name}${unit.slice("pages".length)}` };
}

const SIZES = [
  ["TiB", 2 ** 28],
  ["GiB", 2 ** 18],
  ["MiB", 2 ** 8],
] as const;

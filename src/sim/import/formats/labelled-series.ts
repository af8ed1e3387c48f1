/** Series of a monitoring system, whose machines are told apart by labels. */
import { quote, shorten } from "../../../common/quote.ts";
import type { ReadContext } from "../reader.ts";
import type { Series, SeriesTable } from "../series-table.ts";

/** Labels of a series, without the name of its metric. */
export type Labels = Readonly<Record<string, string>>;

/** Series with the same labels: of one machine, seen by one scraper. */
interface Group {
  readonly labels: Labels;
  readonly series: Series[];
}

/** Label sets that a remark shows. */
const MAX_SHOWN = 3;
/** Characters of each of them. */
const MAX_ID = 120;

/**
 * Gathers series and decides whose they are. One value of the label `instance` may stand for several machines: two
 * clusters that use the same addresses, two scrapers. Series with the same value but other labels are of one machine only
 * where no metric comes with both sets of labels; otherwise each set of labels is a machine of its own, named by the labels
 * in which they differ.
 */
export class LabelledSeries {
  /** Groups by the value that names the machine, then by all labels. */
  readonly #named = new Map<string, Map<string, Group>>();

  /**
   * Adds a series.
   * @param name value of the label that names the machine
   * @param labels all labels that are no part of the metric
   */
  add(name: string, labels: Labels, series: Series): void {
    const groups = this.#named.get(name) ?? new Map<string, Group>();
    this.#named.set(name, groups);
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = groups.get(key) ?? { labels, series: [] };
    groups.set(key, group);
    group.series.push(series);
  }

  /** Puts the series that are wanted into the table, by machine; says where labels decided. */
  settle(table: SeriesTable, context: ReadContext): void {
    for (const [name, byLabels] of this.#named) {
      const groups = [...byLabels.values()];
      const labels = differing(groups);
      const put = (id: string, series: readonly Series[]): void => {
        const machine = table.machine(id, name);
        if (context.wants(id, name)) for (const each of series) table.add(machine, each);
      };
      if (groups.length === 1 || haveNothingInCommon(groups)) {
        if (groups.length > 1) {
          context.report.warn(
            `${shorten(name)}: its series differ in ${listOf(labels)}: joined, as no metric comes with two of them`,
          );
        }
        put(
          name,
          groups.flatMap(({ series }) => series),
        );
        continue;
      }
      const ids = groups.map((group) => idOf(name, labels, group));
      const shown = ids
        .slice(0, MAX_SHOWN)
        .map((id) => shorten(id, MAX_ID))
        .join(", ");
      const more = ids.length > MAX_SHOWN ? ` and ${ids.length - MAX_SHOWN} more` : "";
      context.report.warn(
        `${shorten(name)} stands for ${ids.length} machines, which differ in ${listOf(labels)}: ${shown}${more}`,
      );
      groups.forEach(({ series }, i) => {
        put(ids[i] as string, series);
      });
    }
  }
}

const listOf = (labels: readonly string[]): string => labels.map((label) => quote(label)).join(", ");

/** `10.0.0.5:9100{cluster="east"}`, as Prometheus writes selectors. */
function idOf(name: string, labels: readonly string[], { labels: values }: Group): string {
  return `${name}{${labels.map((label) => `${label}=${JSON.stringify(values[label] ?? "")}`).join(",")}}`;
}

/** Labels that do not have the same value in all groups. */
function differing(groups: readonly Group[]): string[] {
  const all = [...new Set(groups.flatMap(({ labels }) => Object.keys(labels)))].sort();
  const [first] = groups;
  return all.filter((label) => groups.some(({ labels }) => labels[label] !== first?.labels[label]));
}

/** Whether no column has series of two groups. */
function haveNothingInCommon(groups: readonly Group[]): boolean {
  const seen = new Map<number, Group>();
  for (const group of groups) {
    for (const { column } of group.series) {
      if ((seen.get(column) ?? group) !== group) return false;
      seen.set(column, group);
    }
  }
  return true;
}

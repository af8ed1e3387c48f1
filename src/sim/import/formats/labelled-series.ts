/** Series of a monitoring system that identifies machines by labels. */
import { InputError } from "../../../common/errors.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { quote, shorten } from "../../../common/quote.ts";
import type { Machine, ReadContext } from "../reader.ts";
import type { Series, SeriesTable } from "../series-table.ts";
import type { ColumnSpec } from "../vocabulary.ts";

/** Labels of a series, without the metric's name. */
export type Labels = Readonly<Record<string, string>>;

/** A kind of machine that has series. */
export interface Family {
  /** Unique among the families. */
  readonly key: string;
  /** Columns of its machines. */
  readonly columns: readonly ColumnSpec[];
  /** The label that should name the machine, for messages. */
  readonly label: string;
  /** The name of the machine in labels. */
  nameOf(labels: Labels): string | undefined;
  /** The name of the host of the machine in labels; absent where labels don't tell. */
  readonly hostOf?: (labels: Labels) => string | undefined;
  /** Whether its machines are hosts of others. */
  readonly isHost?: true;
  /** Labels whose values may change during the life of a machine, such as the host of a VM. */
  readonly mobile: ReadonlySet<string>;
}

/** Series with the same labels: of one machine, collected by one scraper. */
interface Group {
  readonly labels: Labels;
  readonly series: Series[];
}

/** All groups with the same name. */
interface Named {
  readonly family: Family;
  readonly name: string;
  readonly groups: Map<string, Group>;
}

/** Maximum number of label sets in a remark. */
const MAX_SHOWN = 3;
/** Maximum length of each of them, in characters. */
const MAX_ID = 120;

/**
 * Collects series and assigns them to machines. One value of the label `instance` may stand for several machines: two
 * clusters with the same addresses, or two scrapers. Series with the same value but other labels are of one machine
 * only if no metric occurs with both sets of labels; otherwise each set of labels is a machine of its own, named by the
 * labels that differ.
 */
export class LabelledSeries {
  /** Groups by the family and the value that names the machine, then by all labels. */
  readonly #named = new Map<string, Named>();

  /**
   * Adds a series.
   * @param family kind of the machine
   * @param name value of the label that names the machine
   * @param labels all labels except the metric's name
   */
  add(family: Family, name: string, labels: Labels, series: Series): void {
    const named = this.#named.get(`${family.key}\n${name}`) ?? { family, name, groups: new Map<string, Group>() };
    this.#named.set(`${family.key}\n${name}`, named);
    const { groups } = named;
    const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    const group = groups.get(key) ?? { labels, series: [] };
    groups.set(key, group);
    group.series.push(series);
  }

  /**
   * The host whose VMs are imported.
   * @returns null if no host is chosen, or no label tells the hosts of VMs apart
   * @throws {InputError} if VMs are on several hosts, or none is on the chosen one
   */
  #chooseHost({ host }: ReadContext): string | null {
    if (host === null) return null;
    const hosts = new Set<string>();
    for (const { family, groups } of this.#named.values()) {
      for (const { labels } of groups.values()) {
        const name = family.hostOf?.(labels);
        if (name !== undefined) hosts.add(name);
      }
    }
    const names = [...hosts].sort();
    const shown = `${names
      .slice(0, MAX_SHOWN * 2)
      .map((name) => shorten(name))
      .join(", ")}${names.length > MAX_SHOWN * 2 ? ", …" : ""}`;
    if (host.name !== null) {
      const { name } = host;
      if (names.length === 0 || names.some((each) => isSame(each, name))) return name;
      throw new InputError(
        `--host-name ${quote(name)}: no VM of the log is on it${didYouMean(name, names)} (they are on ${shown})`,
      );
    }
    if (names.length > 1) {
      throw new InputError(
        `--host: the VMs of the log are on ${names.length} hosts (${shown}): choose one with --host-name`,
      );
    }
    return names[0] ?? null;
  }

  /** Adds the wanted series to the table, by machine; reports names for which labels decided. */
  settle(table: SeriesTable, context: ReadContext): void {
    const theHost = this.#chooseHost(context);
    for (const { family, name, groups: byLabels } of this.#named.values()) {
      const isHost =
        family.isHost === true || (theHost !== null && family.hostOf === undefined && isSame(name, theHost));
      // Hosts are read if they are named, or with their VMs.
      const isTheirs = isHost && context.host !== null && (theHost === null || isSame(name, theHost));
      if (family.isHost && !isTheirs && !context.names(name)) continue;
      const [groups, elsewhere] = split([...byLabels.values()], family, theHost);
      if (groups.length === 0) continue;
      const labels = differing(groups);
      const put = (id: string, series: readonly Series[]): void => {
        const machine = machineOf(table, family, id, name, isHost);
        if (!isTheirs && !context.wants(id, name)) return;
        for (const each of series) table.add(machine, each);
        if (elsewhere !== null) table.add(machine, elsewhere);
      };
      const hasMoved = labels.every((label) => family.mobile.has(label)) && followEachOther(groups);
      if (groups.length === 1 || hasMoved || haveNothingInCommon(groups)) {
        if (groups.length > 1 && !labels.every((label) => family.mobile.has(label))) {
          context.report.warn(
            `${shorten(name)}: its series differ in ${listOf(labels)}: joined, because no metric has two of them`,
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
        `${shorten(name)}: the series of ${ids.length} machines, which differ in ${listOf(labels)}: ${shown}${more}`,
      );
      groups.forEach(({ series }, i) => {
        put(ids[i] as string, series);
      });
    }
  }
}

/** The machine with an id in the table; another family may have one of the same id. */
function machineOf(table: SeriesTable, { key, columns }: Family, id: string, name: string, isHost: boolean): Machine {
  const machine = table.machine(id, name, columns, isHost);
  return machine.columns === columns ? machine : table.machine(`${id} (${key})`, name, columns, isHost);
}

/** Whether two names are of the same host; a scraper adds the port of the exporter. */
const isSame = (a: string, b: string): boolean => a === b || withoutPort(a) === withoutPort(b);
const withoutPort = (name: string): string => name.replace(/:\d+$/, "");

/**
 * Separates the series on the host that is imported from those on other hosts.
 * @param theHost null: all are wanted
 * @returns also the times of the others, as a series of the last column
 */
function split(
  groups: readonly Group[],
  { hostOf, columns }: Family,
  theHost: string | null,
): [Group[], Series | null] {
  if (theHost === null || hostOf === undefined) return [[...groups], null];
  const isHere = ({ labels }: Group): boolean => isSame(hostOf(labels) ?? theHost, theHost);
  const others = groups.filter((group) => !isHere(group)).flatMap(({ series }) => series);
  const [first] = others;
  const own = groups.filter(isHere);
  if (first === undefined) return [own, null];
  const times = Float64Array.from(new Set(others.flatMap((series) => [...series.times]))).sort();
  const values = new Float64Array(times.length).fill(1);
  return [own, { ...first, column: columns.length - 1, times, values }];
}

const listOf = (labels: readonly string[]): string => labels.map((label) => quote(label)).join(", ");

/** `10.0.0.5:9100{cluster="east"}`, in the notation of Prometheus' selectors. */
function idOf(name: string, labels: readonly string[], { labels: values }: Group): string {
  return `${name}{${labels.map((label) => `${label}=${JSON.stringify(values[label] ?? "")}`).join(",")}}`;
}

/** Labels whose values differ between groups. */
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

/** Minimum number of points per change between groups, for a machine that only moves. */
const POINTS_PER_MOVE = 4;

/** Whether the groups are one machine that moves now and then, not several machines at the same time. */
function followEachOther(groups: readonly Group[]): boolean {
  const byColumn = new Map<number, { readonly atUs: number; readonly group: number }[]>();
  groups.forEach(({ series }, group) => {
    for (const { column, times } of series) {
      const points = byColumn.get(column) ?? [];
      byColumn.set(column, points);
      for (const atUs of times) points.push({ atUs, group });
    }
  });
  return [...byColumn.values()].every((points) => {
    points.sort((a, b) => a.atUs - b.atUs);
    const moves = points.filter(({ group }, i) => i > 0 && points[i - 1]?.group !== group).length;
    return moves * POINTS_PER_MOVE <= points.length;
  });
}

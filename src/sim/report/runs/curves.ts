/** The curve of each column of a run. */
import { type Column, columnNamed, limitColumns } from "../../output/columns.ts";
import type { PanelLine, Quantity } from "../model.ts";

/** A curve over time. */
export interface Curve {
  /** Name in a legend. */
  readonly label: string;
  /** Title of a chart of its own. */
  readonly title: string;
  readonly meaning: string;
  readonly quantity: Quantity;
  readonly shape: PanelLine["shape"];
}

const curve = (
  label: string,
  title: string,
  quantity: Quantity,
  shape: PanelLine["shape"],
  meaning: string,
): Curve => ({ label, title, quantity, shape, meaning });

const KNOWN: Readonly<Record<string, Curve>> = {
  size: curve("balloon", "Balloon", "size", "line", "Pages in the balloon."),
  target: curve("target", "Target", "size", "after", "The host's target as the driver last received it."),
  free: curve("free", "Free memory", "size", "line", "Free memory of the guest."),
  cache: curve("page cache", "Page cache", "size", "line", "Page cache of the guest, clean and dirty."),
  anon: curve("anonymous", "Anonymous memory", "size", "line", "Resident anonymous memory of the guest."),
  swap: curve("in swap", "Swap", "size", "line", "Pages of the guest in swap."),
  inflation: curve(
    "inflation",
    "Inflation",
    "pace",
    "until",
    "Pages that the host took, by the time between two rows.",
  ),
  deflation: curve(
    "deflation",
    "Deflation",
    "pace",
    "until",
    "Pages that left the balloon, by the time between two rows.",
  ),
  stall_some: curve(
    "some",
    "Stalls, some",
    "share",
    "until",
    "Share of the time in which some task waited for memory.",
  ),
  stall_full: curve(
    "full",
    "Stalls, full",
    "share",
    "until",
    "Share of the time in which all tasks with work waited for memory.",
  ),
  ...Object.fromEntries(
    limitColumns().map(({ name, limit, meaning }) => [
      name,
      curve(name, limit?.title ?? name, "limit", "after", `${meaning}.`),
    ]),
  ),
};

const QUANTITY_OF_UNIT: Readonly<Record<Column["unit"], Quantity>> = {
  pages: "size",
  "pages/cycle": "limit",
  s: "s",
  us: "us",
  cycles: "number",
  times: "number",
  "0/1": "number",
  bits: "number",
};

/** The curve of a column of `balloon-sim run`, or of a derived column. */
export function curveOf(name: string): Curve {
  const known = KNOWN[name];
  if (known !== undefined) return known;
  const { unit, kind, meaning } = columnNamed(name) as Column;
  const isTotal = kind !== "level";
  const since = kind === "interval" ? ", since the run began" : "";
  const shape = isTotal || unit === "pages" ? "line" : "after";
  return curve(name, name, QUANTITY_OF_UNIT[unit], shape, `${meaning}${since}.`);
}

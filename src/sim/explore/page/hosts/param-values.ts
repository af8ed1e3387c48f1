/** Values of a policy's parameters, and how fields show them. */
import { type HostParam, type NumberParam, shownValue } from "../../../hosts/params.ts";

/** How a number of a kind is shown: by which size it is divided, its unit, and its least step. */
export const KINDS = {
  bytes: { size: 2 ** 20, unit: "MiB", step: 0.001 },
  time: { size: 1e6, unit: "s", step: 0.001 },
  ratio: { size: 1, unit: "", step: 0.0001 },
  count: { size: 1, unit: "", step: 1 },
} as const;

export type ShownKind = keyof typeof KINDS;

/** A parameter with its present value, and the one that it is reset to. */
export interface ParamValue {
  readonly spec: HostParam;
  readonly own: number | string;
  readonly value: number | string;
}

/** A number in the unit in which a field shows it, with the digits that it shows. */
export const shown = (kind: ShownKind, value: number): number => Number((value / KINDS[kind].size).toFixed(4));

/**
 * The value of a number, as `--set` takes it. A field shows few digits, so what was not moved, or was moved back, stays exact.
 * @param inField what the field shows
 */
export function movedText({ spec, own, value }: ParamValue, inField: number): string {
  const kind = (spec as NumberParam).kind as ShownKind;
  const exact = [value, own].find((one) => shown(kind, one as number) === inField);
  if (exact !== undefined) return shownValue(spec, exact);
  const moved = inField * KINDS[kind].size;
  return shownValue(spec, kind === "ratio" ? moved : Math.round(moved));
}

/** The parameters of a driver as fields. */
import type { ParamSpec } from "../../../engine/index.ts";
import { Field, stopsOf } from "./field.ts";

/** Values that are not the driver's own, by name. */
export type Rates = Readonly<Record<string, number>>;

/** A parameter that another one may bound. */
interface Bounded {
  readonly name: string;
  /** The name by which `atMost` of others means it. */
  readonly key: string;
  readonly atMost?: string;
}

/** The fields of a driver's parameters. @param change called with each change */
export function constantFields(params: readonly ParamSpec[], rates: Rates, change: (rates: Rates) => void): Field[] {
  const fields = new Map<string, Field>();
  for (const param of params) {
    const { name, unit, meaning, min, max, default: own } = param;
    const [low, high] = param.search ?? [min, Math.min(max, Math.max(16 * own, 16))];
    const stops = stopsOf(Math.min(low, own), Math.max(high, own), own);
    const spec = {
      name,
      unit,
      meaning: `${meaning} ${min} to ${max}; the driver's own: ${own}.`,
      min,
      max,
      stops,
      own,
    };
    const field = new Field({ ...spec, value: rates[name] ?? own }, () => {
      keepBounds(params, fields, name);
      change(ratesNow());
    });
    fields.set(name, field);
  }
  return [...fields.values()];

  function ratesNow(): Rates {
    const values = params.map((param) => [param.name, fields.get(param.name)?.value ?? 0, param.default] as const);
    return Object.fromEntries(values.filter(([, value, own]) => value !== own).map(([name, value]) => [name, value]));
  }
}

/** A lower bound that is above its upper one goes along with it, and the other way round. @param moved what the hand moves */
export function keepBounds(params: readonly Bounded[], fields: ReadonlyMap<string, Field>, moved: string): void {
  const valueNow = (name: string): number => fields.get(name)?.value ?? 0;
  // A field that goes along may be the bound of another one.
  const goneAlong = new Set([moved]);
  for (const name of goneAlong) {
    for (const lower of params) {
      const upper = params.find(({ key }) => key === lower.atMost);
      if (upper === undefined || valueNow(lower.name) <= valueNow(upper.name)) continue;
      const other = name === lower.name ? upper.name : name === upper.name ? lower.name : null;
      if (other === null) continue;
      fields.get(other)?.set(valueNow(name));
      goneAlong.add(other);
    }
  }
}

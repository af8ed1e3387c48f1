/** The parameters of a policy of hosts as fields. */
import { type NumberParam, shownValue } from "../../../hosts/params.ts";
import { choice } from "../choice.ts";
import { keepBounds } from "../constants.ts";
import { Field, stopsOf } from "../field.ts";
import { KINDS, movedText, type ParamValue, type ShownKind, shown } from "./param-values.ts";

/**
 * A row for each parameter.
 * @param change called with the values that are not the policy's own, as `--set` takes them
 */
export function policyFields(
  values: readonly ParamValue[],
  change: (values: Record<string, string>) => void,
): HTMLElement[] {
  const fields = new Map<string, Field>();
  const words = new Map<string, string>();
  const bounded = values.map(({ spec }) => ({ ...spec, key: spec.name }));
  return values.map((one) => {
    const { spec, own, value } = one;
    if (spec.kind === "choice" || spec.kind === "switch") {
      const meaning = `${spec.meaning} The policy's own: ${own}.`;
      words.set(spec.name, String(value));
      return choice(spec.name, meaning, spec.kind === "choice" ? spec.choices : ["0", "1"], String(value), (word) => {
        words.set(spec.name, word);
        change(changed());
      });
    }
    const field = numberField({ ...one, spec }, () => {
      keepBounds(bounded, fields, spec.name);
      change(changed());
    });
    fields.set(spec.name, field);
    return field.element;
  });

  function changed(): Record<string, string> {
    const texts = values.map((one): [string, string, string] => [
      one.spec.name,
      textOf(one),
      shownValue(one.spec, one.own),
    ]);
    return Object.fromEntries(
      texts.filter(([, text, ownText]) => text !== ownText).map(([name, text]) => [name, text]),
    );
  }

  function textOf(one: ParamValue): string {
    const { name } = one.spec;
    const field = fields.get(name);
    return field === undefined ? (words.get(name) as string) : movedText(one, field.value);
  }
}

function numberField({ spec, own, value }: ParamValue & { readonly spec: NumberParam }, change: () => void): Field {
  const kind = spec.kind as ShownKind;
  const { unit, step } = KINDS[kind];
  const number = shown(kind, own as number);
  // The least value of a size may be a byte, which no field shows.
  const min = spec.min === 0 ? 0 : Math.max(step, shown(kind, spec.min));
  const max = shown(kind, spec.max);
  const high = Math.min(max, kind === "ratio" ? Math.max(4 * number, 1) : Math.max(16 * number, 16));
  return new Field(
    {
      name: spec.name,
      unit,
      meaning: `${spec.meaning} ${min} to ${max}${unit === "" ? "" : ` ${unit}`}; the policy's own: ${number}.`,
      min,
      max,
      step,
      stops: stopsOf(Math.min(min, number), Math.max(high, number), number, kind === "count"),
      own: number,
      value: shown(kind, value as number),
    },
    change,
  );
}

import { element, newId } from "../../report/page/dom.ts";

/** A row with a name and a list of values, as a field has a number. */
export function choice(
  name: string,
  meaning: string,
  values: readonly string[],
  value: string,
  change: (value: string) => void,
): HTMLElement {
  const id = newId("choice");
  const select = element(
    "select",
    { id, disabled: values.length < 2 },
    ...values.map((one) => element("option", { value: one, selected: one === value }, one)),
  );
  select.addEventListener("change", () => change(select.value));
  return element(
    "div",
    { class: "field", "data-name": name, title: meaning },
    element("label", { for: id }, name),
    select,
    element("p", { class: "meaning" }, meaning),
  );
}

/** The list of values that the page brings along: those of a study's best trials. */
import { byId, element } from "../../report/page/dom.ts";
import type { RatesPreset } from "../model.ts";

/** The list, which is hidden where there are none. */
export class PresetList {
  readonly #presets: readonly RatesPreset[];
  readonly #select = byId("preset") as HTMLSelectElement;

  /** @param choose takes a preset's driver and values */
  constructor(presets: readonly RatesPreset[], choose: (preset: RatesPreset) => void) {
    this.#presets = presets;
    byId("presets").hidden = presets.length === 0;
    this.#select.replaceChildren(
      element("option", { value: "" }, "–"),
      ...presets.map(({ name }, i) => element("option", { value: String(i) }, name)),
    );
    this.#select.addEventListener("change", () => {
      const preset = presets[Number(this.#select.value || Number.NaN)];
      if (preset !== undefined) choose(preset);
    });
  }

  /** Shows which preset has these values, if one has. */
  show(driver: string, rates: Readonly<Record<string, number>>): void {
    const at = this.#presets.findIndex((preset) => preset.driver === driver && areSame(preset.rates, rates));
    this.#select.value = at === -1 ? "" : String(at);
  }
}

function areSame(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** The panel of settings of a host: the policy's parameters, the machine, the balloon driver of all VMs. */
import { parseParam } from "../../../hosts/params.ts";
import { byId } from "../../../report/page/dom.ts";
import type { HostDriverModel, HostExploreData } from "../../hosts/model.ts";
import type { HostFacts } from "../../hosts/protocol.ts";
import { choice } from "../choice.ts";
import { constantFields } from "../constants.ts";
import { Field, stopsOf } from "../field.ts";
import { ownValue, policyOf } from "./host-fit.ts";
import type { HostState } from "./host-state.ts";
import { policyFields } from "./policy-fields.ts";

const PAGES_PER_GIB = 2 ** 18;
/** The step of sizes: a MiB. */
const STEP = 1 / 1024;
const AS_IN_FILE = "as in the file";

/** What the panel does with a change of the shown state. */
export interface HostSettingsOwner {
  change(change: (state: HostState) => HostState): void;
  /** Changes the shown state; the panel has other fields then. */
  changeFields(change: (state: HostState) => HostState): void;
}

/** Fills the panel anew. */
export function showHostSettings(
  state: HostState,
  facts: HostFacts,
  data: HostExploreData,
  owner: HostSettingsOwner,
): void {
  showPolicy(state, facts, data, owner);
  byId("machine").replaceChildren(
    sizeField("memory", "All memory of the host.", state.memory, facts, owner),
    sizeField(
      "swap",
      "The host's own swap, to which it writes pages of VMs without their knowledge.",
      state.swap,
      facts,
      owner,
    ),
  );
  showDriver(state, facts, data, owner);
}

function showPolicy(state: HostState, facts: HostFacts, data: HostExploreData, { change }: HostSettingsOwner): void {
  const policy = policyOf(state, facts, data);
  (byId("policy") as HTMLSelectElement).value = policy.name;
  byId("policy-about").textContent = policy.meaning;
  const values = policy.params.map((spec) => {
    const own = ownValue(spec, state, facts);
    const text = state.params[spec.name];
    return { spec, own, value: text === undefined ? own : parseParam(spec, text) };
  });
  byId("params").replaceChildren(...policyFields(values, (params) => change((now) => ({ ...now, params }))));
}

function sizeField(
  name: "memory" | "swap",
  meaning: string,
  value: number | null,
  facts: HostFacts,
  { change }: HostSettingsOwner,
): HTMLElement {
  const own = Number((facts[name] / PAGES_PER_GIB).toFixed(4));
  const high = Math.max(own * 3, facts.memory / PAGES_PER_GIB);
  const step = high > 8 ? 0.25 : 1 / 64;
  const least = name === "memory" ? own / 8 : 0;
  const stops = stopsOf(least, high, own, false).map((stop) => (stop === own ? own : Math.round(stop / step) * step));
  const spec = {
    ...{ name, unit: "GiB", meaning, min: name === "memory" ? STEP : 0, max: 2 ** 14, step: STEP, own },
    stops: [...new Set(stops)],
    value: value === null ? own : value / PAGES_PER_GIB,
  };
  return new Field(spec, (gib) =>
    change((state) => ({ ...state, [name]: gib === own ? null : Math.round(gib * PAGES_PER_GIB) })),
  ).element;
}

function showDriver(
  state: HostState,
  facts: HostFacts,
  { drivers }: HostExploreData,
  { change, changeFields }: HostSettingsOwner,
): void {
  const driver = drivers.find(({ name }) => name === state.driver);
  const names = [AS_IN_FILE, ...drivers.map(({ name }) => name)];
  byId("driver-choice").replaceChildren(
    choice("driver", "The balloon driver of all VMs.", names, driver?.name ?? AS_IN_FILE, (name) =>
      changeFields((now) => ({ ...now, driver: name === AS_IN_FILE ? null : name, rates: {} })),
    ),
  );
  byId("driver-about").textContent = aboutDriver(driver, facts);
  const fields =
    driver === undefined
      ? []
      : constantFields(driver.params, state.rates, (rates) => change((now) => ({ ...now, rates })));
  byId("constants").replaceChildren(...fields.map((field) => field.element));
}

const aboutDriver = (driver: HostDriverModel | undefined, { drivers }: HostFacts): string =>
  driver === undefined
    ? `In the file: ${drivers.join(", ")}. Its parameters can be moved when one is chosen for all VMs.`
    : [driver.description, driver.caveat ?? ""].filter((text) => text !== "").join(" ");

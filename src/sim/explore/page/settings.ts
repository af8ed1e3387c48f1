/** The panel of settings: the driver's parameters, the guest, the workloads. */
import { byId } from "../../report/page/dom.ts";
import type { DriverModel } from "../model.ts";
import type { GuestEdits, TraceFacts } from "../protocol.ts";
import { choice } from "./choice.ts";
import { constantFields } from "./constants.ts";
import { Field, stopsOf } from "./field.ts";
import { wordsOf } from "./fit.ts";
import type { State } from "./state.ts";

const PAGES_PER_MIB = 256;
const MOST_CPUS = 64;

/** Called with a change of the shown state. */
export type Change = (change: (state: State) => State) => void;

/** Fills the panel anew. */
export function showSettings(state: State, driver: DriverModel, facts: TraceFacts, change: Change): void {
  byId("driver-about").textContent = driver.description;
  const caveat = byId("driver-caveat");
  caveat.textContent = driver.caveat ?? "";
  caveat.hidden = driver.caveat === null;
  showConstants(state, driver, change);
  showGuest(state, facts, change);
  showWorkloads(state, facts, change);
}

function showConstants({ rates }: State, { params }: DriverModel, change: Change): void {
  const fields = constantFields(params, rates, (now) => change((state) => ({ ...state, rates: now })));
  byId("constants").replaceChildren(...fields.map((field) => field.element));
}

function showGuest({ edits }: State, facts: TraceFacts, change: Change): void {
  const { guest } = facts;
  const set = (part: GuestEdits): void =>
    change((state) => ({
      ...state,
      edits: { ...state.edits, guest: withoutOwn({ ...state.edits.guest, ...part }, guest) },
    }));
  const size = (name: "memory" | "swap", meaning: string, least: number): HTMLElement => {
    const own = guest[name] / PAGES_PER_MIB;
    const high = name === "memory" ? own * 4 : Math.max(own * 4, guest.memory / PAGES_PER_MIB);
    const stops = stopsOf(name === "memory" ? Math.max(16, Math.round(own / 8)) : 0, high, own);
    const value = (edits.guest[name] ?? guest[name]) / PAGES_PER_MIB;
    return new Field(
      { name, unit: "MiB", meaning, min: least, max: 2 ** 24, step: 1 / PAGES_PER_MIB, stops, own, value },
      (mib) => set({ [name]: Math.round(mib * PAGES_PER_MIB) }),
    ).element;
  };
  const whole = (
    name: "swappiness" | "cpus",
    unit: string,
    meaning: string,
    [min, max]: [number, number],
    high: number,
  ) =>
    new Field(
      {
        name,
        unit,
        meaning,
        min,
        max,
        stops: stopsOf(min, high, guest[name]),
        own: guest[name],
        value: edits.guest[name] ?? guest[name],
      },
      (value) => set({ [name]: value }),
    ).element;
  byId("guest").replaceChildren(
    size("memory", "RAM that the guest's kernel manages.", 1),
    size("swap", "Size of the guest's swap device.", 0),
    whole(
      "swappiness",
      "of 200",
      "How much rather the kernel swaps than it gives up files (vm.swappiness).",
      [0, 200],
      200,
    ),
    whole(
      "cpus",
      "processors",
      "Processors of the guest.",
      [1, 1024],
      Math.max(16, Math.min(MOST_CPUS, guest.cpus * 2)),
    ),
    choice(
      "lru",
      "The kernel's order of pages by their last use.",
      wordsOf("lru", facts) ?? [],
      edits.guest.lru ?? guest.lru,
      (lru) => set({ lru: lru as GuestEdits["lru"] & string }),
    ),
    choice(
      "thp",
      "Transparent huge pages of anonymous memory.",
      wordsOf("thp", facts) ?? [],
      edits.guest.thp ?? guest.thp,
      (thp) => set({ thp: thp as GuestEdits["thp"] & string }),
    ),
  );
}

/** Edits without those that are the trace's own settings. */
const withoutOwn = (edits: GuestEdits, own: Required<GuestEdits>): GuestEdits =>
  Object.fromEntries(Object.entries(edits).filter(([name, value]) => value !== own[name as keyof GuestEdits]));

function showWorkloads({ edits }: State, facts: TraceFacts, change: Change): void {
  byId("workloads").replaceChildren(
    ...(["scale", "pace"] as const).map(
      (name) =>
        new Field(
          {
            name,
            unit: "×",
            meaning:
              name === "scale"
                ? `Factor of the sizes of all workloads: memory, working sets, files (${facts.workloads.join(", ") || "none"}).`
                : "Factor of the rates of all workloads: touches, reads, writes.",
            ...{ min: 0.01, max: 100, step: 0.01, own: 1, value: edits[name] },
            stops: stopsOf(0.1, 3, 1, false).map((value) => Number(value.toFixed(2))),
          },
          (value) => change((state) => ({ ...state, edits: { ...state.edits, [name]: value } })),
        ).element,
    ),
  );
}

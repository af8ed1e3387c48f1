/** Reads the page's address, and tells what of it can't be read. */
import type { GuestEdits, TargetEdit } from "../protocol.ts";
import { AddressFields, within } from "./address-fields.ts";
import { NUMBERS, SIZES, type State, sizeOf, type View, WORDS } from "./state.ts";

/** What an address says. */
export interface Address {
  /** Null: it names no trace. */
  readonly view: View | null;
  /** The parts that are left out, each with what was expected. */
  readonly refused: readonly string[];
}

/** Fields of an address apart from those of the guest. */
const FIELDS = ["trace", "driver", "set", "scale", "pace", "target", "hold", "pin", "at", "own"];
const KNOWN: ReadonlySet<string> = new Set([...FIELDS, ...SIZES, ...NUMBERS, ...WORDS]);

/** Valid values of the guest's numbers: those of the page's number fields. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  swappiness: [0, 200],
  cpus: [1, 1024],
};
/** The least valid sizes, in pages. */
const LEAST = { memory: 256, swap: 0 } as const;

/** The view of an address, without the parts that can't be read. @param fragment with or without `#` */
export function readAddress(fragment: string): Address {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const reader = new Reader(fields);
  const shown = reader.state();
  const at = reader.at();
  const pin = fields.get("pin");
  const pinned = pin === null ? null : new Reader(new URLSearchParams(pin));
  const pinnedState = pinned?.state() ?? null;
  if (shown === null && fields.size > 0 && !fields.has("trace") && reader.refused.length === 0) {
    reader.refused.push("all of it (expected trace=NAME)");
  }
  const refused = [...reader.refused, ...(pinned?.refused ?? []).map((text) => `pinned ${text}`)];
  return { view: shown === null ? null : { shown, pinned: pinnedState, at }, refused };
}

class Reader {
  readonly #fields: AddressFields;

  constructor(fields: URLSearchParams) {
    this.#fields = new AddressFields(fields, KNOWN);
  }

  get refused(): string[] {
    return this.#fields.refused;
  }

  /** Time of the cursor, in seconds; null: none. */
  at(): number | null {
    return this.#fields.seconds("at");
  }

  /** The state in the fields; null: they name no trace. */
  state(): State | null {
    const trace = this.#fields.text("trace");
    if (trace === null) return null;
    const factor = (name: string): number =>
      this.#fields.take(name, "a factor from 0.01 to 100", (text) => within(Number(text), [0.01, 100])) ?? 1;
    return {
      trace,
      driver: this.#fields.text("driver"),
      rates: this.#fields.numbers("set"),
      edits: { guest: this.#guest(), scale: factor("scale"), pace: factor("pace"), target: this.#target() },
    };
  }

  #guest(): GuestEdits {
    const guest: Record<string, number | string | null> = {};
    for (const name of SIZES) guest[name] = this.#fields.size(name, LEAST[name], sizeOf);
    for (const name of NUMBERS) {
      const range = RANGES[name] as readonly [number, number];
      guest[name] = this.#fields.take(name, `${range[0]} to ${range[1]}`, (text) =>
        /^\d+$/.test(text) ? within(Number(text), range) : null,
      );
    }
    for (const name of WORDS) guest[name] = this.#fields.text(name);
    return Object.fromEntries(Object.entries(guest).filter(([, value]) => value !== null)) as GuestEdits;
  }

  #target(): TargetEdit | null {
    const hold =
      this.#fields.take("hold", "step or linear", (text) => (text === "step" || text === "linear" ? text : null)) ??
      "step";
    const points = this.#fields.take("target", "SECONDS:SIZE,… with rising times, the first 0", pointsOf);
    return points === null ? null : { hold, points };
  }
}

function pointsOf(text: string): TargetEdit["points"] | null {
  const points = text.split(",").map((pair): [number, number] => {
    const [seconds = "", size = ""] = pair.split(":");
    return [Math.round(Number(seconds) * 1e6), sizeOf(size) ?? Number.NaN];
  });
  const isGood = points.every(([at, pages], i) => {
    const isInOrder = i === 0 ? at === 0 : at > (points[i - 1]?.[0] as number);
    return isInOrder && Number.isFinite(at) && pages >= 0 && pages < 2 ** 32;
  });
  return isGood ? points : null;
}

/** Fits what a link asks for to what the page has. */
import type { DriverModel } from "../model.ts";
import type { GuestEdits, TraceFacts } from "../protocol.ts";
import type { State } from "./state.ts";

/** A state that the page can run, and what is left out of it, with reasons. */
export interface Fitted {
  readonly state: State;
  readonly refused: readonly string[];
}

/**
 * Leaves out of a state what the page, the driver or the trace's guest does not have.
 * @param ownDriver the trace's driver
 */
export function fitted(state: State, facts: TraceFacts, drivers: readonly DriverModel[], ownDriver: string): Fitted {
  const refused: string[] = [];
  const isKnown = state.driver === null || drivers.some(({ name }) => name === state.driver);
  const driver = isKnown ? state.driver : null;
  if (!isKnown) refused.push(`driver=${state.driver} (expected ${drivers.map(({ name }) => name).join(", ")})`);
  const used = drivers.find(({ name }) => name === (driver ?? ownDriver));
  const rates = fittedRates(state.rates, used, (pair, why) => refused.push(`set=${pair} (${why})`));
  const guest = Object.entries(state.edits.guest).filter(([name, value]) => {
    const words = wordsOf(name, facts);
    if (words === null || words.includes(String(value))) return true;
    refused.push(`${name}=${value} (expected ${words.join(" or ")})`);
    return false;
  });
  const edits = { ...state.edits, guest: Object.fromEntries(guest) as GuestEdits };
  return { state: { ...state, driver, rates, edits }, refused };
}

/** Leaves out of values those that a driver does not have. @param refuse receives each that is left out, and why */
export function fittedRates(
  rates: State["rates"],
  driver: Pick<DriverModel, "name" | "params"> | undefined,
  refuse: (pair: string, why: string) => void,
): State["rates"] {
  const fit = Object.entries(rates).filter(([name, value]) => {
    const param = driver?.params.find((one) => one.name === name);
    if (param !== undefined && value >= param.min && value <= param.max) return true;
    refuse(
      `${name}:${value}`,
      param === undefined ? `no parameter of ${driver?.name}` : `expected ${param.min} to ${param.max}`,
    );
    return false;
  });
  return Object.fromEntries(fit);
}

/** The values of a choice that a guest has; null: it is none. */
export function wordsOf(name: string, { hasGenerations, hasHugePages }: TraceFacts): readonly string[] | null {
  if (name === "lru") return ["classic", ...(hasGenerations ? ["mglru"] : [])];
  if (name === "thp") return ["never", ...(hasHugePages ? ["madvise", "always"] : [])];
  return null;
}

/** Parts that are told. */
const MOST_TOLD = 4;
/** Longest part, in characters. */
const LONGEST = 160;

/** The line about what was left out of a link; empty: nothing was. */
export function refusalText(refused: readonly string[]): string {
  if (refused.length === 0) return "";
  const told = refused.slice(0, MOST_TOLD).map((text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text));
  const more = refused.length - told.length;
  return `The link's ${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}: not understood, left out.`;
}

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  Custody,
  createState,
  DEFAULT_RATES,
  Engine,
  type EngineState,
  Life,
  loadedState,
  Request,
  Status,
} from "../../src/engine/index.ts";
import { type Action, act, EngineLife, QUIET } from "../support/worlds/life.ts";
import type { WorldScript } from "../support/worlds/page-world.ts";

describe("the state", () => {
  it("of a driver that was not loaded yet is all zero, but for the constants and the rates that follow from them", () => {
    const { allocMax: rateAlloc, freeMax: rateFree } = DEFAULT_RATES;
    const { length } = Object.keys({ ...DEFAULT_RATES, rateAlloc, rateFree });
    const state = createState(DEFAULT_RATES);
    expect(state).toMatchObject({ ...DEFAULT_RATES, rateAlloc, rateFree });
    expect(Object.values(state).filter((value) => value !== 0)).toHaveLength(length);
  });

  it("of a driver that was loaded before is at rest at its target, and the host may lower it", () => {
    const engine = new Engine(DEFAULT_RATES);
    engine.restore(loadedState(DEFAULT_RATES, 1000));
    expect(engine.canSkip).toBe(true);
    expect(() => engine.load()).toThrow("loaded before");
    expect(engine.cycle()).toBe(Request.TotalPages);
    expect(engine.step(262_144)).toBe(Request.GetTarget);
    expect(engine.step(0, 400)).toBe(Request.Unlock);
    expect(engine.state.count).toBe(600);
    expect(engine.step(600, 0)).toBe(Request.Free);
    expect(engine.step()).toBe(Request.None);
    expect(engine.state).toMatchObject({ size: 400, target: 400, start: 1, guestType: 1, timer: 1, unlock: 600 });
  });
});

/** A state, and what was done to the engine then; `end` where nothing was. */
interface Entry {
  readonly state: EngineState;
  readonly action: Action | { readonly do: "end" };
}

const FILE = new URL("./states.csv", import.meta.url);
const KEYS = Object.keys(createState(DEFAULT_RATES)) as (keyof EngineState)[];

// Checkpoints hold states as numbers. Each row of states.csv is a state and what was done to it; the next row is the state
// that followed. BALLOON_RECORD=1 writes the file anew.
describe("a state on record", () => {
  if (process.env.BALLOON_RECORD === "1") writeFileSync(FILE, textOf(livesOnRecord().flatMap(entriesOf)));
  const entries = read(readFileSync(FILE, "utf8"));

  it("is restored, and goes on as it did when it was recorded", () => {
    for (const [i, { state, action }] of entries.entries()) {
      const engine = new Engine(DEFAULT_RATES);
      engine.restore(state);
      if (action.do === "end") continue;
      const next = entries[i + 1]?.state;
      expect(act(engine, action), `row ${i + 2}`).toBe(next?.request);
      expect(engine.state, `row ${i + 2}`).toEqual(next);
    }
  });

  it("belongs to every stage of a life, every request and every custody of freed pages", () => {
    const values = (key: keyof EngineState, of = entries) => new Set(of.map(({ state }) => state[key]));
    expect(values("life")).toEqual(new Set(Object.values(Life)));
    expect(values("request")).toEqual(new Set(Object.values(Request)));
    const freed = entries.filter(({ state }) => state.request === Request.Free);
    expect(values("value", freed)).toEqual(new Set([Custody.Balloon, Custody.Unlocked, Custody.Rest]));
  });
});

/** A driver that the host refuses, and one that inflates, is refused pages, deflates, is reset and ends. */
function livesOnRecord(): EngineLife[] {
  const refused = new EngineLife(DEFAULT_RATES);
  refused.load({ ...QUIET, guestId: Status.Busy });
  const life = new EngineLife(DEFAULT_RATES);
  life.load();
  const cycle = (script: Partial<WorldScript>) =>
    life.cycle({ script: { ...QUIET, ...script }, pieces: [20], rates: undefined });
  cycle({ target: 60, nosleepOk: 30, lock: [{ at: 5, status: Status.PpnPinned }] });
  cycle({ target: 10, unlock: [{ at: 30, status: Status.PpnUnlocked }] });
  cycle({ target: 60, lock: [{ at: 3, status: Status.Reset }] });
  cycle({ target: 60 });
  cycle({ target: 90, nosleepOk: 2, sleepOk: 0 });
  life.exit();
  return [refused, life];
}

const entriesOf = ({ moments, engine }: EngineLife): Entry[] => [
  ...moments.map(({ before, action }) => ({ state: before, action })),
  { state: engine.snapshot(), action: { do: "end" } },
];

function textOf(entries: readonly Entry[]): string {
  const rows = entries.map(({ state, action }) => {
    const answers = action.do === "step" ? [action.first, action.second] : ["", ""];
    return [action.do, ...answers, ...KEYS.map((key) => state[key])].join(",");
  });
  return `${["do", "first", "second", ...KEYS].join(",")}\n${rows.join("\n")}\n`;
}

function read(text: string): Entry[] {
  const [head = "", ...rows] = text.trimEnd().split("\n");
  const names = head.split(",").slice(3);
  return rows.map((row) => {
    const [what, first, second, ...values] = row.split(",");
    const state = Object.fromEntries(names.map((name, i) => [name, Number(values[i])])) as unknown as EngineState;
    const action = what === "step" ? { do: what, first: Number(first), second: Number(second) } : { do: what };
    return { state, action } as Entry;
  });
}

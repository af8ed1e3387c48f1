import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_RATES, Engine, type EngineState, Request } from "../../src/engine/index.ts";
import { act, EngineLife, lives } from "../support/worlds/life.ts";

// What the engine does with answers that are none: it says so, and nothing else has happened.

type Wrong = readonly [first: number, second: number];

const NO_COUNT = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53];
/** -1 stands for a frame number that is too large, which only LOCK and UNLOCK can be answered. */
const NO_STATUS: readonly Wrong[] = NO_COUNT.map((status) => [status, 0]);

/** Answers that can't be one to what `state` asks for. */
function wrongAnswers({ request, count }: EngineState): readonly Wrong[] {
  const noCount = (second: number): Wrong[] => [...NO_COUNT, count + 1].map((first) => [first, second]);
  switch (request) {
    case Request.Start:
    case Request.GuestId:
      return NO_STATUS;
    case Request.TotalPages:
      return NO_STATUS;
    case Request.GetTarget:
      return [...NO_STATUS, ...NO_COUNT.map((target): Wrong => [0, target])];
    case Request.Allocate:
      return [...noCount(0), ...noCount(1), [0, 0], [count, 1], [count, 2], [0, 2], [0, -1], [0, 0.5]];
    case Request.Lock:
    case Request.Unlock:
      return [...noCount(0), ...noCount(5), ...[0, -2, 0.5, Number.NaN].map((status): Wrong => [count - 1, status])];
    default:
      return [];
  }
}

describe("an answer out of range", () => {
  it("is a RangeError and changes nothing, for each request", () => {
    const met = new Set<number>();
    fc.assert(
      fc.property(lives, ({ moments }) => {
        const engine = new Engine(DEFAULT_RATES);
        for (const { before, action } of moments) {
          engine.restore(before);
          for (const [first, second] of wrongAnswers(before)) {
            expect(() => engine.step(first, second), `${before.request}: ${first}, ${second}`).toThrow(RangeError);
            expect(engine.state).toEqual(before);
          }
          if (before.request === Request.None && action.do !== "setRates") {
            expect(() => engine.step()).toThrow(new RangeError("step: no request is waiting for an answer"));
          }
          met.add(before.request);
          act(engine, action);
        }
      }),
      { numRuns: 60 },
    );
    expect([...met].sort()).toEqual(Object.values(Request));
  });

  const messages: ReadonlyArray<readonly [message: string, request: number, first: number, second: number]> = [
    ["step: status: NaN, expected a whole number from 0", Request.Start, Number.NaN, 0],
    ["step: status: -1, expected a whole number from 0", Request.GuestId, -1, 0],
    ["step: total pages: -4, expected a whole number from 0 to 9007199254740991", Request.TotalPages, -4, 0],
    ["step: status: 0.5, expected a whole number from 0", Request.GetTarget, 0.5, 0],
    ["step: target: -1, expected a whole number from 0", Request.GetTarget, 0, -1],
    ["step: allocated pages: 21, expected a whole number from 0 to 20", Request.Allocate, 21, 0],
    ["step: failed is 2, expected 0 or 1", Request.Allocate, 10, 2],
    ["step: 0 of 20 pages and failed = 0 contradict each other", Request.Allocate, 0, 0],
    ["step: 20 of 20 pages and failed = 1 contradict each other", Request.Allocate, 20, 1],
    ["step: locked pages: -1, expected a whole number from 0 to 20", Request.Lock, -1, 0],
    ["step: status: 0 (success) for a page that was refused", Request.Lock, 19, 0],
    ["step: status: -2, expected a whole number from 0", Request.Lock, 19, -2],
    ["step: unlocked pages: 1.5, expected a whole number from 0 to 20", Request.Unlock, 1.5, 5],
    ["step: status: 0 (success) for a page that was refused", Request.Unlock, 0, 0],
  ];
  it.each(messages)("says what is wrong: %s", (message, request, first, second) => {
    const engine = asking(request);
    expect(() => engine.step(first, second)).toThrow(new RangeError(message));
  });

  it("is not looked for in the target that comes with a failure", () => {
    const engine = asking(Request.GetTarget);
    expect(engine.step(8, Number.NaN)).toBe(Request.None);
    expect(engine.state).toMatchObject({ target: 100, targetFail: 1 });
  });

  it("may be followed by the right one", () => {
    const engine = asking(Request.Allocate);
    expect(() => engine.step(21)).toThrow(RangeError);
    expect(engine.step(20)).toBe(Request.Lock);
  });
});

describe("an operation in the wrong state", () => {
  const refused: ReadonlyArray<readonly [what: "load" | "cycle" | "exit", when: string, make: () => Engine]> = [
    ["load", "again", () => atRest()],
    ["load", "while it loads", () => asking(Request.Start)],
    ["load", "when it was unloaded", () => unloaded()],
    ["load", "when it did not load", () => failedToLoad()],
    ["cycle", "before it is loaded", () => new Engine(DEFAULT_RATES)],
    ["cycle", "while it loads", () => asking(Request.Start)],
    ["cycle", "while another runs", () => asking(Request.Allocate)],
    ["cycle", "when it was unloaded", () => unloaded()],
    ["cycle", "when it did not load", () => failedToLoad()],
    ["exit", "before it is loaded", () => new Engine(DEFAULT_RATES)],
    ["exit", "while a cycle runs", () => asking(Request.Lock)],
    ["exit", "again", () => unloaded()],
    ["exit", "when it did not load", () => failedToLoad()],
  ];
  it.each(refused)("is an error: %s %s", (what, _, make) => {
    const engine = make();
    const before = engine.snapshot();
    const why = what === "load" ? "the driver was loaded before" : "the driver is not loaded, or busy";
    expect(() => engine[what]()).toThrow(new RangeError(`${what}: ${why}`));
    expect(engine.state).toEqual(before);
  });
});

/** An engine that asks for `request`, with 20 pages where it is about pages. */
function asking(request: number): Engine {
  const engine = new Engine(DEFAULT_RATES);
  if (request === Request.Start || request === Request.GuestId) {
    engine.load();
    if (request === Request.GuestId) engine.step(0);
  } else {
    engine.restore(atRest().snapshot());
    engine.cycle();
    if (request !== Request.TotalPages) engine.step(1 << 20);
    if (request === Request.Allocate || request === Request.Lock) engine.step(0, 120);
    if (request === Request.Lock) engine.step(20);
    if (request === Request.Unlock) engine.step(0, 80);
  }
  expect(engine.state.request).toBe(request);
  return engine;
}

/** A loaded driver with 100 pages. */
function atRest(): Engine {
  const life = new EngineLife(DEFAULT_RATES);
  life.load();
  life.quietCycle(100);
  return life.engine;
}

function unloaded(): Engine {
  const life = new EngineLife(DEFAULT_RATES);
  life.load();
  life.exit();
  return life.engine;
}

function failedToLoad(): Engine {
  const engine = new Engine(DEFAULT_RATES);
  engine.load();
  engine.step(8);
  return engine;
}

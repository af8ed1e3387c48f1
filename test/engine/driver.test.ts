import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DEFAULT_RATES,
  Driver,
  type DriverEvents,
  dispatch,
  Engine,
  Life,
  type Rates,
  Request,
} from "../../src/engine/index.ts";
import { VirtualClock } from "../support/fakes/virtual-clock.ts";
import { type Cycle, cycles, smallRates } from "../support/generators/arbitraries.ts";
import { QUIET } from "../support/worlds/life.ts";
import { PageWorld } from "../support/worlds/page-world.ts";
import { type Deliver, RunPorts } from "../support/worlds/run-ports.ts";

/** A driver in a world of pages, whose answers come at once or, if `late`, when they are let go. */
class Rig {
  readonly clock: VirtualClock;
  readonly world = new PageWorld(QUIET, 12_000);
  readonly engine: Engine;
  readonly ports: RunPorts;
  readonly driver: Driver;
  readonly heard: string[] = [];
  readonly #answers: Array<() => void> = [];
  /** What the owner does when it hears of an event. */
  on: Partial<Record<keyof DriverEvents, () => void>> = {};

  constructor({ rates = DEFAULT_RATES, late = false, clock = new VirtualClock(), cpu = 0 }: RigOptions = {}) {
    this.clock = clock;
    this.engine = new Engine(rates);
    const deliver: Deliver = late ? (answer) => this.#answers.push(answer) : (answer) => answer();
    this.ports = new RunPorts(this.world, deliver);
    const hear = (event: keyof DriverEvents) => () => {
      this.heard.push(event);
      this.on[event]?.();
    };
    const events: DriverEvents = {
      loaded: hear("loaded"),
      cycleBegins: hear("cycleBegins"),
      cycleEnds: hear("cycleEnds"),
      exited: hear("exited"),
    };
    this.driver = new Driver(this.engine, { allocator: this.ports, hypervisor: this.ports, clock }, events, cpu);
  }

  /** Answers that are under way. */
  get waiting(): number {
    return this.#answers.length;
  }

  /** Lets the next answer go. */
  answer(): void {
    this.#answers.shift()?.();
  }

  /** Lets all answers go, and those to what is asked then, until nothing is asked any more. */
  settle(): void {
    while (this.#answers.length > 0) this.answer();
  }

  /** Puts other answers and constants in force. */
  follow({ script, pieces, rates }: Cycle): void {
    this.world.follow(script);
    this.ports.pieces = pieces;
    if (rates !== undefined) this.engine.setRates(rates);
  }
}

interface RigOptions {
  readonly rates?: Rates;
  readonly late?: boolean;
  readonly clock?: VirtualClock;
  readonly cpu?: number;
}

describe("a driver", () => {
  it("ends in the same state, having said the same, whether its answers come at once or late", () => {
    fc.assert(
      fc.property(smallRates, cycles, (rates, life) => {
        const [prompt, slow] = [new Rig({ rates }), new Rig({ rates, late: true })];
        for (const rig of [prompt, slow]) {
          rig.driver.load();
          rig.settle();
          for (const cycle of life) {
            rig.follow(cycle);
            rig.clock.next();
            rig.settle();
          }
          rig.driver.exit();
          rig.settle();
        }
        expect(slow.engine.state).toEqual(prompt.engine.state);
        expect(slow.engine.state.life).toBe(Life.Exited);
        expect(slow.world.commands).toEqual(prompt.world.commands);
        expect(slow.world.free).toEqual(prompt.world.free);
        expect(slow.heard).toEqual(prompt.heard);
      }),
      { numRuns: 200 },
    );
  });

  it("loads, runs its first cycle at once, and the next one in a second", () => {
    const rig = new Rig({ clock: new VirtualClock(250, 1000) });
    rig.driver.load();
    expect(rig.heard).toEqual(["loaded", "cycleBegins", "cycleEnds"]);
    expect(rig.clock.due).toEqual([1250]);
    rig.clock.next();
    expect(rig.heard.slice(3)).toEqual(["cycleBegins", "cycleEnds"]);
    expect(rig.engine.state.timer).toBe(2);
    expect(rig.clock.due).toEqual([1500]);
  });

  it("reports that it could not be loaded, and then does nothing", () => {
    const rig = new Rig();
    rig.world.follow({ ...QUIET, start: 8 });
    rig.driver.load();
    expect(rig.heard).toEqual(["loaded"]);
    expect(rig.engine.state.life).toBe(Life.LoadFailed);
    expect(rig.clock.due).toEqual([]);
    rig.driver.exit();
    expect(rig.heard).toEqual(["loaded"]);
  });

  it("schedules the next cycle when one ends, so that a long cycle loses a second", () => {
    const rig = new Rig({ late: true, clock: new VirtualClock(1000, 5000) });
    rig.driver.load();
    rig.settle();
    expect(rig.clock.due).toEqual([6000]);
    rig.clock.next();
    rig.clock.pass(250);
    rig.settle();
    expect(rig.clock.due).toEqual([8000]);
  });

  it("keeps to the ticks of its processor", () => {
    const rig = new Rig({ clock: new VirtualClock(1000, 5000), cpu: 7 });
    rig.driver.load();
    expect(rig.clock.due).toEqual([5979]);
    expect(rig.driver.nextCycleTick()).toBe(5979);
  });

  it("runs a cycle when it is told to, beside those of its timer", () => {
    const rig = new Rig();
    rig.driver.load();
    rig.world.follow({ ...QUIET, target: 5 });
    rig.driver.cycle();
    expect(rig.engine.state).toMatchObject({ size: 5, timer: 2 });
  });

  it("needs no listener for its events", () => {
    const world = new PageWorld(QUIET, 10);
    const ports = new RunPorts(world);
    const clock = new VirtualClock();
    const driver = new Driver(new Engine(DEFAULT_RATES), { allocator: ports, hypervisor: ports, clock });
    driver.load();
    expect(clock.due).toEqual([clock.hz]);
    clock.next();
    driver.exit();
    expect(world.commands).toEqual(["START 2", "GUEST_ID 1", "GET_TARGET 1048576", "GET_TARGET 1048576", "START 2"]);
  });

  it("does not recurse with each answer: ten thousand refusals in a cycle", () => {
    const rig = new Rig({ rates: { ...DEFAULT_RATES, maxRefused: 20_000 } });
    rig.driver.load();
    const lock = Array.from({ length: 10_000 }, (_, at) => ({ at, status: 5 }));
    rig.follow({ script: { ...QUIET, target: 3, lock }, pieces: [1], rates: undefined });
    rig.clock.next();
    expect(rig.engine.state).toMatchObject({ size: 3, refusedAlloc: 10_000, refusedFree: 10_000 });
  });
});

describe("dispatch", () => {
  it("calls no port where no request is pending", () => {
    const world = new PageWorld(QUIET, 10);
    const ports = new RunPorts(world);
    dispatch(new Engine(DEFAULT_RATES).state, ports, ports, () => {
      throw new Error("an answer to nothing");
    });
    expect(world.commands).toEqual([]);
  });
});

describe("unloading", () => {
  it("happens at once where the driver is at rest", () => {
    const rig = new Rig();
    rig.driver.load();
    rig.driver.exit();
    expect(rig.heard.slice(3)).toEqual(["exited"]);
    expect(rig.engine.state.life).toBe(Life.Exited);
  });

  it("waits for the end of the cycle that runs", () => {
    const rig = new Rig({ late: true });
    rig.driver.load();
    rig.settle();
    rig.follow({ script: { ...QUIET, target: 9 }, pieces: [4], rates: undefined });
    rig.clock.next();
    rig.answer();
    rig.driver.exit();
    expect(rig.engine.state.life).toBe(Life.Loaded);
    rig.settle();
    expect(rig.heard.slice(3)).toEqual(["cycleBegins", "cycleEnds", "exited"]);
    expect(rig.engine.state).toMatchObject({ life: Life.Exited, size: 0, free: 9 });
    expect(rig.clock.due).toEqual([]);
  });

  it("happens once, and no cycle follows", () => {
    const rig = new Rig();
    rig.driver.load();
    rig.driver.exit();
    rig.driver.exit();
    rig.driver.cycle();
    while (rig.clock.next());
    expect(rig.heard.slice(3)).toEqual(["exited"]);
    expect(rig.engine.state).toMatchObject({ start: 2, timer: 1 });
  });

  it("can't be asked for before the driver is loaded", () => {
    const rig = new Rig({ late: true });
    rig.driver.exit();
    rig.driver.load();
    rig.driver.exit();
    rig.settle();
    expect(rig.heard).toEqual(["loaded", "cycleBegins", "cycleEnds"]);
  });

  const moments = ["loaded", "cycleBegins", "cycleEnds"] as const;
  it.each(moments.flatMap((moment) => [[moment, "at once"] as const, [moment, "late"] as const]))(
    "may be asked for from the handler of %s, with answers that come %s",
    (moment, when) => {
      const rig = new Rig({ late: when === "late" });
      rig.on = { [moment]: () => rig.driver.exit() };
      rig.driver.load();
      rig.settle();
      while (rig.clock.next()) rig.settle();
      const before = ["loaded", "cycleBegins", "cycleEnds"].slice(0, moments.indexOf(moment) + 1);
      expect(rig.heard).toEqual([...before, "exited"]);
      expect(rig.engine.state).toMatchObject({ life: Life.Exited, start: 2, timer: moment === "cycleEnds" ? 1 : 0 });
    },
  );
});

describe("answers", () => {
  it("are not taken where none is due", () => {
    const rig = new Rig();
    const nothing = new RangeError("no request is waiting for an answer");
    expect(() => rig.driver.answer(0, 0)).toThrow(nothing);
    rig.driver.load();
    expect(() => rig.driver.answer(0, 0)).toThrow(nothing);
    rig.world.follow({ ...QUIET, target: 5 });
    rig.clock.next();
    expect(rig.engine.state).toMatchObject({ timer: 2, size: 5 });
  });

  it("are not taken twice", () => {
    const rig = new Rig();
    rig.ports.getTarget = (_limit, reply) => {
      reply(0, 4);
      reply(0, 5);
    };
    expect(() => rig.driver.load()).toThrow(new RangeError("a request was answered twice"));
  });

  it("may come as data, from an owner who keeps them", () => {
    const rig = new Rig({ late: true });
    rig.driver.load();
    rig.driver.answer(0, 0);
    expect(rig.engine.state.request).toBe(Request.GuestId);
    rig.driver.answer(0, 0);
    expect(rig.heard).toEqual(["loaded", "cycleBegins"]);
    expect(rig.engine.state.request).toBe(Request.TotalPages);
  });

  it("may come to a driver whose engine was restored in mid-cycle", () => {
    const before = new Rig({ late: true });
    before.driver.load();
    before.settle();
    before.clock.next();
    const after = new Rig({ late: true });
    after.engine.restore(before.engine.snapshot());
    after.driver.answer(1 << 20, 0);
    after.settle();
    expect(after.heard).toEqual(["cycleEnds"]);
    expect(after.engine.state).toMatchObject({ life: Life.Loaded, timer: 2, targetCount: 2 });
    expect(after.clock.due).toEqual([250]);
  });

  it("out of range leave the request pending, so that it can be answered again", () => {
    const rig = new Rig({ late: true });
    rig.driver.load();
    rig.settle();
    rig.world.follow({ ...QUIET, target: 5 });
    rig.clock.next();
    const { waiting } = rig;
    expect(() => rig.driver.answer(-1, 0)).toThrow(RangeError);
    expect(rig.engine.state.request).toBe(Request.TotalPages);
    expect(rig.waiting).toBe(waiting);
    rig.settle();
    expect(rig.engine.state).toMatchObject({ size: 5, timer: 2 });
  });

  it("that a port fails to give do not block the driver", () => {
    const rig = new Rig();
    rig.driver.load();
    rig.ports.totalPages = () => {
      throw new Error("no such thing");
    };
    expect(() => rig.clock.next()).toThrow("no such thing");
    rig.world.follow({ ...QUIET, target: 5 });
    rig.driver.answer(1 << 20, 0);
    expect(rig.engine.state).toMatchObject({ size: 5, timer: 2 });
    expect(rig.heard.at(-1)).toBe("cycleEnds");
  });
});

import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { DEFAULT_RATES, VMMEMCTL } from "../../../src/engine/index.ts";
import { columnsOf } from "../../../src/sim/output/columns.ts";
import { Recorder, type RowChoice } from "../../../src/sim/output/recorder.ts";
import { RowEncoder } from "../../../src/sim/output/row-format.ts";
import { decodeState, encodeState } from "../../../src/sim/run/checkpoint.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { restoreState, saveState } from "../../../src/sim/state/save.ts";
import { bundledTraces } from "../../../src/sim/trace/bundled.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import type { TraceSource } from "../../../src/sim/trace/types.ts";
import { traceDocuments } from "../../support/generators/traces.ts";

const COLUMNS = columnsOf(VMMEMCTL);

/** A run that writes all columns, and what it is made of. */
class Run {
  readonly lines: string[] = [];
  readonly recorder: Recorder;
  readonly simulation: Simulation;

  constructor(source: TraceSource, choice: RowChoice, state: Float64Array | null) {
    const encoder = new RowEncoder("csv", COLUMNS);
    this.recorder = new Recorder(VMMEMCTL, COLUMNS, choice, encoder, (text) => this.lines.push(text));
    const sampling = choice === "sample" ? { sampleEveryUs: 700_000 } : {};
    const options = { rates: DEFAULT_RATES, ...sampling, everyCycle: choice === "cycle" };
    this.simulation = new Simulation(source, options, state === null ? this.recorder : {});
    if (state === null) return;
    restoreState([this.simulation, this.recorder], state);
    this.simulation.observe(this.recorder);
  }

  state(): Float64Array {
    return saveState([this.simulation, this.recorder]);
  }

  finish(): string {
    this.simulation.run();
    return this.lines.join("") + this.simulation.finalDraw();
  }
}

/** Where two states differ first; -1 where they do not. */
const firstDifference = (a: Float64Array, b: Float64Array): number =>
  a.length === b.length ? a.findIndex((value, i) => !Object.is(value, b[i])) : Math.min(a.length, b.length);

/**
 * Suspends a run every so many events and resumes it with a new simulation, from what a file would hold. Event for
 * event it is where the uninterrupted one is: a state saved later is the same, too.
 */
function inPieces(open: () => TraceSource, choice: RowChoice, pieces: readonly number[]): string {
  let run = new Run(open(), choice, null);
  const undisturbed = new Run(open(), choice, null);
  let text = "";
  for (const events of pieces) {
    undisturbed.simulation.runFor(events);
    if (!run.simulation.runFor(events)) break;
    const state = run.state();
    expect(firstDifference(state, undisturbed.state())).toBe(-1);
    text += run.lines.join("");
    run = new Run(open(), choice, decodeState(encodeState(state)));
    // What was read is what was written, to the last bit.
    expect(firstDifference(run.state(), state)).toBe(-1);
  }
  return text + run.finish();
}

const choices = fc.constantFrom<RowChoice>("change", "cycle", "sample");

describe("a run that is suspended and resumed", () => {
  it("is the uninterrupted one, byte for byte, from any event of any trace", () => {
    fc.assert(
      fc.property(
        traceDocuments,
        choices,
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 }),
        (document, choice, pieces) => {
          const open = () => readTrace(JSON.stringify(document));
          // Not of the texts themselves: to print how long ones differ takes long.
          expect(inPieces(open, choice, pieces) === new Run(open(), choice, null).finish()).toBe(true);
        },
      ),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 60) },
    );
  });

  test.each(bundledTraces())("is the uninterrupted one in %s", (name) => {
    const open = () => openTrace(name);
    const whole = new Run(open(), "change", null).finish();
    expect(inPieces(open, "change", [1, 17, 400, 1000, 3000]) === whole).toBe(true);
  });
});

test.each(["reset-storm", "steady"])("a run may be suspended after every single event, as in %s", (name) => {
  const open = () => openTrace(name);
  const whole = new Run(open(), "change", null).finish();
  expect(inPieces(open, "change", new Array<number>(700).fill(1)) === whole).toBe(true);
});

describe("a state", () => {
  it("that belongs to another trace is refused", () => {
    const spike = new Run(openTrace("spike"), "change", null);
    spike.simulation.runFor(100);
    const state = spike.state();
    expect(() => new Run(openTrace("idle-month"), "change", state)).toThrow(RangeError);
  });

  it("as text has every number to the last bit, and no other text is a state", () => {
    const numbers = Float64Array.of(0, -0, 1 / 3, Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE);
    expect(decodeState(encodeState(numbers))).toEqual(numbers);
    expect(decodeState("AAAA")).toBeNull();
    expect(decodeState("no base 64")).toBeNull();
  });
});

test("a state that is longer than that of the run is refused", () => {
  const create = () => new Simulation(openTrace("spike"), { rates: DEFAULT_RATES });
  const state = saveState([create()]);
  expect(() => restoreState([create()], Float64Array.from([...state, 0]))).toThrow(/longer/);
});

test("a run with an end behind the trace's ends with the trace", () => {
  const simulation = new Simulation(openTrace("spike"), { rates: DEFAULT_RATES, untilUs: 900_000_000 });
  simulation.run();
  expect(simulation.view.timeUs).toBe(240_000_000);
});

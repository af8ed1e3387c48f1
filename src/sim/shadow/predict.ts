import type { Pages, Us } from "../../common/units.ts";
import type { Params } from "../../engine/index.ts";
import { Simulation } from "../run/simulation.ts";
import { readTrace } from "../trace/read.ts";
import type { RunView } from "../view/types.ts";
import type { Rows } from "./rows.ts";
import type { Sample } from "./sample.ts";
import type { ShadowWindow } from "./window.ts";
import { type ShadowGuest, windowTrace } from "./window-trace.ts";

/** A driver that is predicted, in its guest. */
export interface PredictedDriver {
  readonly guest: ShadowGuest;
  readonly rates: Params;
}

/** Interval of samples of the simulation. */
const SAMPLE_US = 50_000;

/**
 * A world of predictions. Where in its second the real driver's cycles begin is not known, nor is what the paces and costs of the
 * machine are on this day: each world has others.
 */
interface World {
  readonly world: number;
  readonly driverPhaseUs: Us;
}

/** The worlds in which both drivers are predicted, each driver in each. */
export const WORLDS: readonly World[] = [
  { world: 1, driverPhaseUs: 500_000 },
  { world: 2, driverPhaseUs: 200_000 },
  { world: 3, driverPhaseUs: 800_000 },
];

/**
 * Simulates a driver in a window.
 * @returns its rows at the times of the window's samples
 * @throws {InputError | RunError} if the window can't be simulated
 */
export function predict(window: ShadowWindow, { guest, rates }: PredictedDriver, world: World): Rows {
  const { samples } = window;
  const first = samples[0] as Sample;
  const timeUs = samples.map((sample) => sample.timeUs - first.timeUs);
  const rows = {
    size: [] as Pages[],
    some: [] as Us[],
    full: [] as Us[],
    swapOut: [] as Pages[],
    swapIn: [] as Pages[],
  };
  let oomKills = 0;
  const look = ({ timeUs: nowUs, balloon, guest: now }: RunView): void => {
    while (rows.size.length < timeUs.length && (timeUs[rows.size.length] as number) <= nowUs) {
      rows.size.push(balloon.size);
      rows.some.push(now.psiSomeUs);
      rows.full.push(now.psiFullUs);
      rows.swapOut.push(now.swapOut);
      rows.swapIn.push(now.swapIn);
      oomKills = now.oomKills;
    }
  };
  const source = readTrace(JSON.stringify(windowTrace(window, guest)), "shadow");
  new Simulation(source, { rates, sampleEveryUs: SAMPLE_US, ...world }, { sample: look }).run();
  const target = samples.map((sample) => sample.target);
  return { timeUs, target, ...rows, oomKills };
}

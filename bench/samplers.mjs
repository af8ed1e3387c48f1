/** The time to choose candidates relative to simulating them, and its memory, for up to a hundred thousand trials. */

import { readFileSync } from "node:fs";
import { DEFAULT_RATES, VMMEMCTL } from "../dist/engine/index.js";
import { readTrace, Simulation } from "../dist/sim/index.js";
import { ObjectiveMeter } from "../dist/sim/measures/meter.js";
import { ParetoFront } from "../dist/sim/tune/pareto.js";
import { defaultSpace } from "../dist/sim/tune/parse-space.js";
import { createSampler, SAMPLERS } from "../dist/sim/tune/samplers/index.js";
import { n } from "./measure.mjs";

/** Limit for any number of trials: a fraction of the time that simulating `spike` takes. */
const MAX_SHARE = 0.1;

const space = defaultSpace(VMMEMCTL);

/** Processor time in seconds, which other load hardly affects. */
function processorSeconds(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** An artificial result that improves towards one corner of the space, with two conflicting goals. */
function outcomeOf(point) {
  const units = space.axes.map((axis, i) => axis.unitOf(point[i]));
  const rest = units.reduce((sum, unit) => sum + unit, 0) - units[0];
  return { point, values: [units[0] + rest / 8, 1 - units[0] + rest / 4], violation: 0, isComplete: true };
}

/** Seconds in a sampler alone and in the front alone, and bytes per trial that both keep. */
function search(name, trials) {
  const { batch } = SAMPLERS.find((sampler) => sampler.name === name);
  const sampler = createSampler(name, { space, seed: "1", batch });
  const front = new ParetoFront();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let choosing = 0;
  let ranking = 0;
  let trial = 0;
  while (trial < trials) {
    let points;
    choosing += processorSeconds(() => {
      points = sampler.ask(batch);
    });
    const outcomes = points.map(outcomeOf);
    ranking += processorSeconds(() => {
      for (const outcome of outcomes) front.add(trial++, outcome);
    });
    choosing += processorSeconds(() => sampler.tell(outcomes));
  }
  globalThis.gc?.();
  const bytes = (process.memoryUsage().heapUsed - before) / trial;
  return { trials: trial, choosingUs: (choosing / trial) * 1e6, rankingUs: (ranking / trial) * 1e6, bytes };
}

/** Processor time of a run of `spike`, with and without its objectives measured, in microseconds. */
function simulate(repeats) {
  const text = readFileSync(new URL("../traces/spike.json", import.meta.url), "utf8");
  const run = (observer) => new Simulation(readTrace(text), { rates: DEFAULT_RATES }, observer).run();
  let [measured, bare] = [0, 0];
  for (let i = -5; i < repeats; i++) {
    const pair = [processorSeconds(() => run(new ObjectiveMeter())), processorSeconds(() => run())];
    // The first runs are for warming up.
    if (i >= 0) {
      measured += pair[0];
      bare += pair[1];
    }
  }
  return { spikeUs: (measured / repeats) * 1e6, bareUs: (bare / repeats) * 1e6 };
}

export function measure(smoke) {
  const { spikeUs, bareUs } = simulate(smoke ? 5 : 200);
  const samplers = {};
  for (const name of ["random", "sobol", "nsga2", "tpe"]) {
    samplers[name] = search(name, name === "tpe" ? (smoke ? 100 : 1000) : smoke ? 5000 : 100_000);
  }
  return { spikeUs, bareUs, samplers };
}

export function lines({ spikeUs, bareUs, samplers }) {
  const share = (us) => `${n((100 * us) / spikeUs, 2)} %`;
  return [
    `samplers: a trial of spike takes ${n(spikeUs / 1000, 2)} ms, its objectives ${share(Math.max(0, spikeUs - bareUs))} of that`,
    ...Object.entries(samplers).map(
      ([name, { trials, choosingUs, rankingUs, bytes }]) =>
        `  ${name.padEnd(7)}${n(trials)} trials: choosing ${n(choosingUs, 1)} us a trial, ${share(choosingUs)}; front ${n(rankingUs, 1)} us` +
        (globalThis.gc === undefined ? "" : `; ${n(bytes)} bytes a trial kept`),
    ),
  ];
}

export const isGood = ({ spikeUs, samplers }) =>
  ["random", "sobol", "nsga2"].every((name) => {
    const { choosingUs, rankingUs } = samplers[name];
    return choosingUs + rankingUs < MAX_SHARE * spikeUs;
  });

/** Time relative to length, guests, changes and refusals: ten times the input must take at most ten times as long. */
import { DEFAULT_RATES } from "../dist/engine/index.js";
import { fleetGuest } from "../dist/sim/generate/fleet.js";
import { readTrace, Simulation } from "../dist/sim/index.js";
import { median, n, seconds } from "./measure.mjs";

const HOUR = 3600;
/** Limit of the factor over linear, with a tolerance for other load. */
const LIMIT = 1.5;

const guest = (durationSeconds, everySeconds, index = 0) =>
  fleetGuest({ seed: "scaling", guests: 1, durationSeconds, everySeconds }, index);

/** One page in `every` is refused while a balloon is inflated and deflated for an hour. */
function refusing(every) {
  const document = guest(HOUR, 60, 1);
  document.host.refusals = [{ from: 0, every, status: "pinned" }];
  return document;
}

const DIMENSIONS = [
  { name: "length", unit: "hours", factors: [2.4, 24, 240], of: (hours) => [guest(hours * HOUR, 300)] },
  {
    name: "guests",
    unit: "guests",
    factors: [4, 40, 400],
    // The same four guests repeatedly: guests differ in cost.
    of: (guests) => Array.from({ length: guests }, (_, i) => guest(2 * HOUR, 300, i % 4)),
  },
  { name: "changes", unit: "an hour", factors: [12, 120, 1200], of: (changes) => [guest(4 * HOUR, HOUR / changes)] },
  {
    name: "refusals",
    unit: "of 100,000 pages",
    factors: [10, 100, 1000],
    of: (refused) => [refusing(100_000 / refused)],
  },
];

function time(documents, repeats) {
  const texts = documents.map((document) => JSON.stringify(document));
  const all = () => {
    for (const text of texts) new Simulation(readTrace(text), { rates: DEFAULT_RATES }).run();
  };
  all();
  return median(Array.from({ length: repeats }, () => seconds(all)));
}

export function measure(smoke) {
  const repeats = smoke ? 1 : 5;
  return DIMENSIONS.map(({ name, unit, factors, of }) => ({
    name,
    unit,
    points: (smoke ? factors.slice(0, 2) : factors).map((factor) => ({ factor, seconds: time(of(factor), repeats) })),
  }));
}

export const lines = (rows) => [
  "scaling",
  ...rows.map(({ name, unit, points }) => {
    const steps = points.map((p, i) => {
      const before = points[i - 1];
      const growth = before === undefined ? "" : ` (${n(p.seconds / before.seconds, 1)} times)`;
      return `${n(p.factor, 1)} ${unit}: ${n(p.seconds * 1e3, 1)} ms${growth}`;
    });
    return `  ${name.padEnd(10)} ${steps.join(", ")}`;
  }),
];

export const isGood = (rows, smoke) =>
  smoke ||
  rows.every(({ points }) =>
    points.every((p, i) => {
      const before = points[i - 1];
      return before === undefined || p.seconds / before.seconds <= LIMIT * (p.factor / before.factor);
    }),
  );

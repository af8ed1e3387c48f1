/** Shrinks a failing scenario while it keeps failing in the same way. */
import { keepsBounds, type Params } from "../../engine/index.ts";
import type { Failure } from "./check.ts";
import type { Scenario, TraceDocument } from "./scenario.ts";

type Json = Record<string, unknown>;

/** Maximum number of checks. */
const MAX_CHECKS = 400;

/**
 * The smallest scenario found that fails the same check; the given scenario if there is none.
 * @param failureOf checks a scenario; a scenario that can't be run counts as not failing
 */
export function shrink(scenario: Scenario, failure: Failure, failureOf: (s: Scenario) => Failure | null): Scenario {
  let smallest = scenario;
  let checks = 0;
  for (let found = true; found && checks < MAX_CHECKS; ) {
    found = false;
    for (const smaller of smallerOnes(smallest)) {
      if (checks++ >= MAX_CHECKS) break;
      if (failureOf(smaller)?.kind !== failure.kind) continue;
      smallest = smaller;
      found = true;
      break;
    }
  }
  return smallest;
}

/** Scenarios without some part of this one, the largest reductions first. */
function* smallerOnes(scenario: Scenario): Generator<Scenario> {
  const { document, policy, rates } = scenario;
  const withDocument = (change: (copy: TraceDocument) => void): Scenario => {
    const copy = structuredClone(document);
    change(copy);
    return { ...scenario, document: copy };
  };
  for (let i = document.workloads.length - 1; i >= 0; i--) {
    yield withDocument((copy) => copy.workloads.splice(i, 1));
  }
  for (const list of ["refusals", "resets", "faults"]) {
    const { length } = document.host[list] as readonly unknown[];
    if (length > 1) yield withDocument((copy) => (copy.host[list] = []));
    for (let i = length - 1; i >= 0; i--) yield withDocument((copy) => (copy.host[list] as unknown[]).splice(i, 1));
  }
  const { params, defaults } = policy;
  if (rates !== defaults && params.some(({ key }) => rates[key] !== defaults[key])) {
    yield { ...scenario, rates: defaults };
    for (const { key } of params) {
      const one: Params = { ...rates, [key]: defaults[key] as number };
      if (rates[key] !== defaults[key] && keepsBounds(params, one)) {
        yield { ...scenario, rates: one };
      }
    }
  }
  for (const key of ["lru", "swappiness", "minFree", "watermarkScaleFactor", "thp", "hz", "cpus", "cpu"]) {
    if (key in document.guest) yield withDocument((copy) => delete copy.guest[key]);
  }
  yield* simplerSeries(document, withDocument);
}

/** Scenarios in which a series is constant or has fewer points. */
function* simplerSeries(
  document: TraceDocument,
  withDocument: (change: (copy: TraceDocument) => void) => Scenario,
): Generator<Scenario> {
  const places: ((copy: TraceDocument) => Json)[] = [
    (copy) => copy.guest,
    (copy) => copy.host,
    ...document.workloads.map((_, i) => (copy: TraceDocument) => copy.workloads[i] as Json),
  ];
  for (const place of places) {
    for (const [key, value] of Object.entries(place(document))) {
      const points = pointsOf(value);
      if (points === null) {
        if (typeof value === "number" && value > 0 && key !== "memory") {
          yield withDocument((copy) => (place(copy)[key] = 0));
        }
        continue;
      }
      if (key !== "target") yield withDocument((copy) => (place(copy)[key] = points[0]?.[1] ?? 0));
      for (let i = points.length - 1; i > 0; i--) {
        yield withDocument((copy) => pointsOf(place(copy)[key])?.splice(i, 1));
      }
    }
  }
}

const pointsOf = (value: unknown): [number, number | null][] | null =>
  typeof value === "object" && value !== null && "points" in value ? (value.points as [number, number | null][]) : null;

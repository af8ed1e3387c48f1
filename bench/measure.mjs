/** Functions that the parts of the benchmark share. */
export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Wall-clock seconds of a function. */
export const seconds = (work) => {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

/** The median time of a function, after a first call that is not counted. */
export function medianSeconds(repeats, work) {
  work();
  return median(Array.from({ length: repeats }, () => seconds(work)));
}

/** A number as text. */
export const n = (value, digits = 0) => value.toLocaleString("en-US", { maximumFractionDigits: digits });

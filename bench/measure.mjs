/** What the parts of the bench share. */
export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Wall-clock seconds of some work. */
export const seconds = (work) => {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

/** The median time of some work, after a first time that does not count. */
export function medianSeconds(repeats, work) {
  work();
  return median(Array.from({ length: repeats }, () => seconds(work)));
}

/** A number for people. */
export const n = (value, digits = 0) => value.toLocaleString("en-US", { maximumFractionDigits: digits });

/** The names of a run: its file, and the name in the trace. */
export interface RunName {
  /** The file or bundled trace, as given on the command line. */
  readonly trace: string;
  /** The trace's own name. */
  readonly name: string;
}

/**
 * One label for each run, for tables and charts with room for one. It is the trace's name if no other run has the same
 * name, else the name followed by the file, and also a number if that is not unique either. Labels are unique and
 * depend only on the runs and their order.
 */
export function runLabels(runs: readonly RunName[]): string[] {
  const names = countOf(runs.map(({ name }) => name));
  return distinct(runs.map(({ trace, name }) => (names.get(name) === 1 ? name : `${name} (${trace})`)));
}

/**
 * The value of the column `trace` for each run: the file as given; if it is given several times, the later ones get a
 * number, such as `spike #2`.
 */
export const traceColumn = (traces: readonly string[]): string[] => distinct(traces);

/** The texts; a repeated text gets the least number as suffix that makes it unique. */
export function distinct(texts: readonly string[]): string[] {
  const given = new Set(texts);
  const used = new Set<string>();
  const last = new Map<string, number>();
  return texts.map((text) => {
    let label = text;
    for (let number = last.get(text) ?? 2; used.has(label) || (label !== text && given.has(label)); number++) {
      label = `${text} #${number}`;
      last.set(text, number + 1);
    }
    used.add(label);
    return label;
  });
}

function countOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** How runs are called: by the file that was run and by the name that the trace gives itself. */
export interface RunName {
  /** The file or bundled trace, as the command line gave it. */
  readonly trace: string;
  /** The trace's own name. */
  readonly name: string;
}

/**
 * One label for each run, for tables and charts that have room for one. It is the trace's name where no other run has that
 * name, else the name with the file behind it, and a number where that is not enough either. Labels are unique and depend
 * on the runs and their order only.
 */
export function runLabels(runs: readonly RunName[]): string[] {
  const names = countOf(runs.map(({ name }) => name));
  return distinct(runs.map(({ trace, name }) => (names.get(name) === 1 ? name : `${name} (${trace})`)));
}

/**
 * What the column `trace` says of each run: the file as it was given; where one is given several times, the later ones
 * carry a number, such as `spike #2`.
 */
export const traceColumn = (traces: readonly string[]): string[] => distinct(traces);

/** The texts, those that were there before with the least number behind them that makes them new. */
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

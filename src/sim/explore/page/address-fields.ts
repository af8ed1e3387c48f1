/** Fields of an address, and what of them can't be read. */

/** Reads fields; what is refused is left out, and told. */
export class AddressFields {
  readonly #fields: URLSearchParams;
  readonly refused: string[] = [];

  /** @param known names of all fields */
  constructor(fields: URLSearchParams, known: ReadonlySet<string>) {
    this.#fields = fields;
    for (const name of new Set(fields.keys())) if (!known.has(name)) this.refused.push(`${name} (no such setting)`);
  }

  /** The text of a field; null: there is none. */
  text(name: string): string | null {
    return this.#fields.get(name);
  }

  /** A field's value; null: there is none, or it is refused. */
  take<T>(name: string, expected: string, read: (text: string) => T | null): T | null {
    const text = this.#fields.get(name);
    if (text === null) return null;
    const value = read(text);
    if (value === null) this.refused.push(`${name}=${text} (expected ${expected})`);
    return value;
  }

  /** Whole numbers by name, in a field as `NAME:NUMBER,…`. */
  numbers(field: string): Record<string, number> {
    const numbers: Record<string, number> = {};
    for (const pair of this.#fields.get(field)?.split(",") ?? []) {
      const [, name, value] = /^([^:]+):(\d+)$/.exec(pair) ?? [];
      if (name === undefined) this.refused.push(`${field}=${pair} (expected NAME:WHOLE NUMBER)`);
      else numbers[name] = Number(value);
    }
    return numbers;
  }

  /** A time, in seconds; null: none. */
  seconds(name: string): number | null {
    return this.take(name, "a time in seconds", (text) =>
      /^\d/.test(text) ? within(Number(text), [0, Number.MAX_VALUE]) : null,
    );
  }

  /** A size in pages. @param least valid one */
  size(name: string, least: number, read: (text: string) => number | null): number | null {
    return this.take(name, `a size such as 2GiB, from ${least === 0 ? 0 : "1MiB"} to 16TiB`, (text) =>
      within(read(text), [least, 2 ** 32]),
    );
  }
}

/** The value if it is in the range, else null. */
export const within = (value: number | null, [least, most]: readonly [number, number]): number | null =>
  value !== null && value >= least && value <= most ? value : null;

/** Pairs of names and values as a field of an address, in the order of the names; null: there are none. */
export function pairsText(values: Readonly<Record<string, number | string>>): string | null {
  const pairs = Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}`);
  return pairs.length === 0 ? null : pairs.join();
}

import type { Fields } from "./fields.ts";
import type { Sample } from "./reader.ts";
import type { ColumnSpec } from "./vocabulary.ts";

/** Columns that a header names: where each of a format's columns stands in the rows that follow. */
export class NamedColumns {
  readonly #fields: Fields;
  readonly #columns: readonly ColumnSpec[];
  /** Field of each column, -1 where the header lacks it. */
  readonly #places: Int32Array;
  readonly #width: number;
  /** Field of the time. */
  readonly time: number;

  /**
   * @param fields the header, cut already
   * @param timeField what it calls the time
   * @param required columns that there has to be
   * @throws {InputError} where one is missing
   */
  constructor(fields: Fields, timeField: string, columns: readonly ColumnSpec[], required: readonly ColumnSpec[]) {
    const names = fields.texts();
    for (const name of [timeField, ...required.map(({ field }) => field)]) {
      if (!names.includes(name)) throw fields.cursor.fault(0, `the header lacks "${name}"`);
    }
    this.#fields = fields;
    this.#columns = columns;
    this.#width = names.length;
    this.time = names.indexOf(timeField);
    this.#places = Int32Array.from(columns, ({ field }) => names.indexOf(field));
  }

  /** @throws {InputError} where a row has not as many fields as the header */
  checkWidth(): void {
    const { count } = this.#fields;
    if (count === this.#width) return;
    throw this.#fields.fault(Math.min(count, this.#width), `${count} fields, expected ${this.#width} as in the header`);
  }

  /** Writes the values of a row into a sample. */
  read(sample: Sample): void {
    for (let i = 0; i < this.#places.length; i++) {
      const place = this.#places[i] as number;
      if (place !== -1) sample.values[i] = this.#fields.number(place, (this.#columns[i] as ColumnSpec).field);
    }
  }

  /** Whether all fields of a row are 0, but the time. */
  isAllZero(): boolean {
    for (let field = 0; field < this.#width; field++) {
      if (field !== this.time && this.#fields.number(field, "a value") !== 0) return false;
    }
    return true;
  }
}

/** The id that the data sets of the archive give a machine: the number at the end of its file's name. */
export function numberOfFile(baseName: string): string {
  const name = baseName.replace(/\.[A-Za-z]+$/, "");
  return /(\d+)$/.exec(name)?.[1] ?? name;
}

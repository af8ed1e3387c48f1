import type { Fields } from "./fields.ts";
import type { Sample } from "./reader.ts";
import type { ColumnSpec } from "./vocabulary.ts";

/** Columns by a header: the positions of a format's columns in the rows after it. */
export class NamedColumns {
  readonly #fields: Fields;
  readonly #columns: readonly ColumnSpec[];
  /** Field of each column, -1 if the header lacks it. */
  readonly #places: Int32Array;
  readonly #width: number;
  /** Field of the time. */
  readonly time: number;

  /**
   * @param fields the header, already split
   * @param timeField name of the time
   * @param required columns that must exist
   * @throws {InputError} if one is missing
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

  /** @throws {InputError} if the number of fields of a row differs from the header's */
  checkWidth(): void {
    const { count } = this.#fields;
    if (count === this.#width) return;
    throw this.#fields.fault(Math.min(count, this.#width), `${count} fields, expected ${this.#width} as in the header`);
  }

  /** Writes the values of a row to a sample. */
  read(sample: Sample): void {
    for (let i = 0; i < this.#places.length; i++) {
      const place = this.#places[i] as number;
      if (place !== -1) sample.values[i] = this.#fields.number(place, (this.#columns[i] as ColumnSpec).field);
    }
  }

  /** Whether all fields of a row except the time are 0. */
  isAllZero(): boolean {
    for (let field = 0; field < this.#width; field++) {
      if (field !== this.time && this.#fields.number(field, "a value") !== 0) return false;
    }
    return true;
  }
}

/** The id of a machine in the archive's data sets: the number at the end of the file's name. */
export function numberOfFile(baseName: string): string {
  const name = baseName.replace(/\.[A-Za-z]+$/, "");
  return /(\d+)$/.exec(name)?.[1] ?? name;
}

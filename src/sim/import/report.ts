import { type Place, placeText } from "../../common/text-lines.ts";

interface Noted {
  readonly place: Place | null;
  count: number;
}

/** Maximum number of different remarks. */
const MAX_REMARKS = 50;
/** Maximum number of damaged records that are shown. */
const MAX_DAMAGED = 10;

/** The remarks of an import. The same remark about many lines is kept once, with their number. */
export class Report {
  readonly #noted = new Map<string, Noted>();
  readonly #damaged: string[] = [];
  #damages = 0;
  #unnoted = 0;

  /** Adds a remark; `place` is shown for its first occurrence. */
  warn(text: string, place: Place | null = null): void {
    const noted = this.#noted.get(text);
    if (noted !== undefined) noted.count++;
    else if (this.#noted.size < MAX_REMARKS) this.#noted.set(text, { place, count: 1 });
    else this.#unnoted++;
  }

  /** Adds a damaged record that was omitted; the message has its place. */
  damage(message: string): void {
    this.#damages++;
    if (this.#damaged.length < MAX_DAMAGED) this.#damaged.push(message);
  }

  /** A line for each remark, in the order in which they were added. */
  lines(): string[] {
    const lines = this.#damaged.map((message) => `omitted: ${message}`);
    const hidden = this.#damages - this.#damaged.length;
    if (hidden > 0) lines.push(`omitted: ${hidden} more damaged records`);
    for (const [text, { place, count }] of this.#noted) {
      const more = count > 1 ? ` (and ${count - 1} more like it)` : "";
      lines.push(`${place === null ? "" : `${placeText(place)}: `}${text}${more}`);
    }
    if (this.#unnoted > 0) lines.push(`and ${this.#unnoted} more remarks`);
    return lines;
  }
}

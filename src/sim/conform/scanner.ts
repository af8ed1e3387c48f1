const U32 = 2 ** 32;
const U32_MAX = U32 - 1;
const DIGIT_0 = 48;

/**
 * Reads the fields of a line as C's `sscanf` does with `%lu`, `%ld` and `%s`: white space before a field is skipped and
 * optional; a number ends at its last digit; a number that exceeds 64 bits saturates; a negative number read as
 * unsigned wraps. A number is stored in `high` and `low`, 32 bits each, because 64 bits do not fit in a JavaScript
 * number.
 */
export class Scanner {
  readonly #text: string;
  #at = 0;
  /** Upper 32 bits of the last number. */
  high = 0;
  /** Lower 32 bits of the last number. */
  low = 0;
  #negative = false;
  #overflow = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Whether `word` follows in the text; skips it if so. */
  literal(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  /** Reads `%lu`; false, without reading, if no number follows. */
  unsigned(): boolean {
    if (!this.#digits()) return false;
    if (this.#negative && !this.#overflow) {
      this.high = (U32_MAX - this.high + (this.low === 0 ? 1 : 0)) % U32;
      this.low = (U32 - this.low) % U32;
    }
    return true;
  }

  /**
   * Reads `%ld`, if only the numbers from 0 to 2^53 - 1 must be distinguished: returns the number, or -1 for a negative
   * number, or infinity for a larger one; undefined if no number follows.
   */
  signed(): number | undefined {
    if (!this.#digits()) return undefined;
    const magnitude = this.high * U32 + this.low;
    if (this.#negative && magnitude > 0) return -1;
    return magnitude <= Number.MAX_SAFE_INTEGER ? magnitude : Number.POSITIVE_INFINITY;
  }

  /** Reads `%s`: the characters up to the next white space; undefined at the end of the text. */
  word(): string | undefined {
    this.#skipSpace();
    const begin = this.#at;
    while (this.#at < this.#text.length && !isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
    return this.#at > begin ? this.#text.slice(begin, this.#at) : undefined;
  }

  #digits(): boolean {
    const text = this.#text;
    this.#skipSpace();
    const begin = this.#at;
    const sign = text[begin];
    let at = sign === "-" || sign === "+" ? begin + 1 : begin;
    const first = at;
    let high = 0;
    let low = 0;
    let overflow = false;
    for (; at < text.length; at++) {
      const digit = text.charCodeAt(at) - DIGIT_0;
      if (digit < 0 || digit > 9) break;
      low = low * 10 + digit;
      high = high * 10 + Math.floor(low / U32);
      low %= U32;
      if (high > U32_MAX) {
        overflow = true;
        high = U32_MAX;
      }
    }
    if (at === first) return false;
    this.#at = at;
    this.high = high;
    this.low = overflow ? U32_MAX : low;
    this.#negative = sign === "-";
    this.#overflow = overflow;
    return true;
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}

/** C's `isspace`: blank, tab, line feed, vertical tab, form feed, carriage return. */
function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

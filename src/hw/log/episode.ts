/** What has happened to an episode at one of its cycles. */
export type EpisodeTurn = "begins" | "ends" | null;

/**
 * Something that comes in spells, such as refusals of the host: it begins with its first occurrence and ends when it has
 * not occurred for a while, so that a log needs two lines for it and not one a second.
 */
export class Episode {
  readonly #quietUs: number;
  #before = 0;
  #lastUs = 0;
  #isOn = false;
  /** Occurrences in this episode, or in the last one. */
  occurrences = 0;

  /** @param quietUs without an occurrence for so long it is over */
  constructor(quietUs: number) {
    this.#quietUs = quietUs;
  }

  /** Whether it goes on. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Leaves out what has occurred so far: another line of the log tells it. */
  skip(count: number): void {
    this.#before = count;
  }

  /** @param count occurrences since the daemon began; the counter may wrap at 32 bits */
  note(count: number, nowUs: number): EpisodeTurn {
    const more = (count - this.#before) >>> 0;
    this.#before = count;
    if (more > 0) {
      this.#lastUs = nowUs;
      this.occurrences = this.#isOn ? this.occurrences + more : more;
      if (this.#isOn) return null;
      this.#isOn = true;
      return "begins";
    }
    if (!this.#isOn || nowUs - this.#lastUs < this.#quietUs) return null;
    this.#isOn = false;
    return "ends";
  }
}

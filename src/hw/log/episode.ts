/** The change of an episode at a cycle. */
export type EpisodeTurn = "begins" | "ends" | null;

/**
 * Events that come in episodes, such as refusals of the host. An episode begins with the first event and ends when none
 * has occurred for a while, so that the log needs two lines for it and not one a second.
 */
export class Episode {
  readonly #quietUs: number;
  #before = 0;
  #lastUs = 0;
  #isOn = false;
  /** Events of this episode, or of the last one. */
  occurrences = 0;

  /** @param quietUs time without an event after which an episode ends, in microseconds */
  constructor(quietUs: number) {
    this.#quietUs = quietUs;
  }

  /** Whether an episode is in progress. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** Ignores the events so far: another line of the log reports them. */
  skip(count: number): void {
    this.#before = count;
  }

  /** @param count events since the daemon began; the counter may wrap at 32 bits */
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

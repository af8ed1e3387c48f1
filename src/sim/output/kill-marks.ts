/** Marks of kills in a picture: times in microseconds, ascending, and the number of kills of each mark. */
export interface Marks {
  readonly timeUs: readonly number[];
  readonly count: readonly number[];
}

/** Maximum number of marks: more than a picture has columns. */
const MAX_MARKS = 2048;

/** Collects the times of a run's kills in bounded memory: close ones are merged into one mark. */
export class KillMarks implements Marks {
  timeUs: number[] = [];
  count: number[] = [];
  #apartUs = 1;

  /** @param timeUs not earlier than the previous kill */
  add(timeUs: number, kills = 1): void {
    const last = this.timeUs.length - 1;
    if (last >= 0 && timeUs - (this.timeUs[last] as number) < this.#apartUs) {
      (this.count[last] as number) += kills;
      return;
    }
    this.timeUs.push(timeUs);
    this.count.push(kills);
    if (this.timeUs.length > MAX_MARKS) this.#thin();
  }

  /** Merges marks until at most half the maximum is left. */
  #thin(): void {
    const { timeUs, count } = this;
    while (this.timeUs.length > MAX_MARKS / 2) {
      this.#apartUs *= 2;
      this.timeUs = [];
      this.count = [];
      timeUs.forEach((us, i) => {
        this.add(us, count[i]);
      });
    }
  }
}

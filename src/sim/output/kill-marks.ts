/** Where a picture marks kills: times in microseconds, ascending, and how many kills each mark stands for. */
export interface Marks {
  readonly timeUs: readonly number[];
  readonly count: readonly number[];
}

/** More marks than a picture has columns. */
const MAX_MARKS = 2048;

/** Keeps where the kills of a run are, in memory that does not grow with their number: near ones become one mark. */
export class KillMarks implements Marks {
  timeUs: number[] = [];
  count: number[] = [];
  #apartUs = 1;

  /** @param timeUs not before the kill before */
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

  /** Joins marks until at most half as many are left as there may be. */
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

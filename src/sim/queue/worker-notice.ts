import { type ModelId, modelText } from "./model-id.ts";
import type { Say } from "./redis.ts";
import type { StudyRecord } from "./registry.ts";

/** Time without workers after which they are missed, in milliseconds. */
const NO_WORKER_MS = 5000;

/** Says that a study has no workers, once until there are some again. */
export class WorkerNotice {
  readonly #study: Pick<StudyRecord, "study" | "model">;
  /** The queue's address as it may be shown. */
  readonly #shown: string;
  readonly #say: Say;
  #lastWorkerMs = performance.now();
  #isSaid = false;

  constructor(study: Pick<StudyRecord, "study" | "model">, shown: string, say: Say) {
    this.#study = study;
    this.#shown = shown;
    this.#say = say;
  }

  /**
   * @param count number of workers that take pieces of the study
   * @param foreign the model of a worker that takes none because of it; null without one
   */
  note(count: number, foreign: ModelId | null): void {
    const now = performance.now();
    if (count > 0) {
      this.#lastWorkerMs = now;
      this.#isSaid = false;
    } else if (!this.#isSaid && now - this.#lastWorkerMs >= NO_WORKER_MS) {
      this.#isSaid = true;
      const { study, model } = this.#study;
      const what =
        foreign === null
          ? `no worker takes tasks from ${this.#shown} (study ${study})`
          : `no worker of ${this.#shown} has the model ${modelText(model)}; one has ${modelText(foreign)}`;
      this.#say(`${what}: start balloon-sim worker --queue ${this.#shown}`);
    }
  }
}

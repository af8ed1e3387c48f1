import { expect, test } from "vitest";
import { createState, DEFAULT_RATES, type EngineState } from "../../../src/engine/index.ts";
import { CycleLog } from "../../../src/hw/log/cycle-log.ts";
import { Episode } from "../../../src/hw/log/episode.ts";
import type { LogFields } from "../../../src/hw/log/log.ts";
import type { WorkerCounters } from "../../../src/hw/native/addon.ts";

const COUNTERS: WorkerCounters = {
  commands: 0,
  populatedPages: 0,
  pinnedPages: 0,
  deferredPages: 0,
  floorHits: 0,
  psiHits: 0,
  watermarkHits: 0,
};

/** A log of cycles that a test makes up, one a second. */
class Story {
  readonly lines: string[] = [];
  second = 0;
  readonly #log = new CycleLog({
    info: (message, fields) => this.#add("info", message, fields),
    warn: (message, fields) => this.#add("warn", message, fields),
    error: (message, fields) => this.#add("error", message, fields),
  });
  readonly #state = { ...createState(DEFAULT_RATES), start: 1 };
  readonly #counters = { ...COUNTERS };

  /** So many cycles, before each of which something changes. */
  cycles(
    count: number,
    change: (state: EngineState, counters: Record<keyof WorkerCounters, number>) => void = () => {},
  ) {
    for (let i = 0; i < count; i++) {
      change(this.#state, this.#counters);
      this.#log.note({ state: this.#state, counters: this.#counters, endUs: this.second * 1e6, durationUs: 1000 });
      this.second++;
    }
    return this;
  }

  /** The driver is loaded, with such counters. */
  begin(counters: Partial<EngineState>) {
    Object.assign(this.#state, counters);
    this.#log.begin(this.#state, this.#counters);
    return this;
  }

  #add(level: string, message: string, fields: LogFields = {}): void {
    this.lines.push(`${String(this.second).padStart(4)} ${level} ${message} ${JSON.stringify(fields)}`);
  }
}

test("where nothing changes nothing is said", () => {
  expect(new Story().cycles(100_000).lines).toEqual([]);
});

test("a target that turns round is another way to go, with a time of its own", () => {
  const story = new Story()
    .cycles(1, (state) => Object.assign(state, { target: 1000, size: 100 }))
    .cycles(9, (state) => Object.assign(state, { size: state.size + 10 }))
    .cycles(2, (state) => Object.assign(state, { target: 50, size: state.size - 50 }))
    .cycles(1, (state) => Object.assign(state, { size: 50 }));
  expect(story.lines.map((line) => line.replace(/ \{.*/, ""))).toEqual([
    "   0 info the balloon inflates: it has 400KiB, the host asks for 3.91MiB",
    "  10 info the balloon deflates: it has 560KiB, the host asks for 200KiB",
    "  12 info the balloon is at its target, 200KiB, after 2s",
  ]);
});

test("a balloon on its way, its target, and what is in its way", async () => {
  const story = new Story()
    .cycles(5)
    .cycles(1, (s) => {
      s.target = 2_000_000;
    })
    .cycles(121, (s) => {
      s.size += 16_385;
    })
    .cycles(1, (s) => {
      s.size = s.target;
    })
    .cycles(300)
    .cycles(50, (s, c) => {
      s.target = 3_000_000;
      s.size += 512;
      s.allocFail++;
      c.floorHits += 2;
      c.psiHits += s.timer;
    })
    .cycles(3, (s) => {
      s.refusedAlloc += 16;
    })
    .cycles(200)
    .cycles(2, (s) => {
      s.targetFail++;
    })
    .cycles(1, (s) => {
      s.start++;
      s.startFail++;
      s.size = 0;
    })
    .cycles(1, (s) => {
      s.start++;
      s.target = 1000;
    })
    .cycles(1, (s) => {
      s.size = 1000;
    })
    .cycles(1, (s) => {
      s.target = 10;
      s.size = 900;
    })
    .cycles(300, (s) => {
      s.size = 10;
    });
  await expect(`${story.lines.join("\n")}\n`).toMatchFileSnapshot("golden/story.txt");
});

test("a target that changes each second and is reached each second is told once a minute", () => {
  const story = new Story().cycles(600, (s) => {
    s.target += 100;
    s.size = s.target;
  });
  expect(story.lines).toHaveLength(10);
});

test("attempts to load that failed are no news once it is loaded", () => {
  const story = new Story();
  story.begin({ start: 5, startFail: 4 }).cycles(3, (s) => {
    s.timer++;
  });
  expect(story.lines).toEqual([]);
  story.cycles(1, (s) => {
    s.startFail++;
  });
  expect(story.lines).toHaveLength(1);
});

test("an episode begins once, counts, ends after its quiet time, and takes a wrapped counter for what it is", () => {
  const episode = new Episode(10);
  expect([0, 0].map((count) => episode.note(count, 0))).toEqual([null, null]);
  expect(episode.note(0xffff_fffe, 1)).toBe("begins");
  expect(episode.note(3, 2)).toBeNull();
  expect([episode.isOn, episode.occurrences]).toEqual([true, 0xffff_fffe + 5]);
  expect([3, 11, 12, 13].map((us) => episode.note(3, us))).toEqual([null, null, "ends", null]);
  expect(episode.note(4, 20)).toBe("begins");
  expect(episode.occurrences).toBe(1);
});

import { expect, test } from "vitest";
import { createState, DEFAULT_RATES, type EngineState, Status } from "../../../src/engine/index.ts";
import { CycleLog } from "../../../src/hw/log/cycle-log.ts";
import { Episode } from "../../../src/hw/log/episode.ts";
import type { LogFields } from "../../../src/hw/log/log.ts";
import type { WorkerCounters } from "../../../src/hw/native/addon.ts";
import { HostStatuses } from "../../../src/hw/ports/host-statuses.ts";
import { NO_COUNTERS } from "../../support/fakes/fake-worker.ts";

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
  readonly #counters = { ...NO_COUNTERS };
  /** What the host answers. */
  readonly statuses = new HostStatuses();
  /** What the host asks for, if the driver's target is another one. */
  hostTarget: number | null = null;
  /** Seconds that each cycle loses. */
  lostSeconds = 0;

  /** So many cycles, before each of which something changes. */
  cycles(
    count: number,
    change: (state: EngineState, counters: Record<keyof WorkerCounters, number>) => void = () => {},
  ) {
    for (let i = 0; i < count; i++) {
      change(this.#state, this.#counters);
      this.#log.note({
        state: this.#state,
        hostTarget: this.hostTarget ?? this.#state.target,
        counters: this.#counters,
        statuses: this.statuses,
        endUs: this.second * 1e6,
        durationUs: 1000,
        lostSeconds: this.lostSeconds,
      });
      this.second++;
    }
    return this;
  }

  /** The driver is loaded, with such counters. */
  begin(counters: Partial<EngineState>) {
    Object.assign(this.#state, counters);
    this.#log.begin({ state: this.#state, counters: this.#counters, statuses: this.statuses });
    return this;
  }

  #add(level: string, message: string, fields: LogFields = {}): void {
    this.lines.push(`${String(this.second).padStart(4)} ${level} ${message} ${JSON.stringify(fields)}`);
  }
}

test("the log names the host's target beside the driver's where they differ", () => {
  const story = new Story().begin({});
  story.hostTarget = 2 ** 18;
  story.cycles(1, (state) => Object.assign(state, { size: 256, target: 512 }));
  expect(story.lines[0]).toMatch(/inflates: it has 1MiB, its target is 2MiB, the host asks for 1GiB \{/);
});

test("the log is silent while nothing changes", () => {
  expect(new Story().cycles(100_000).lines).toEqual([]);
});

test("the log begins a new movement where the target turns round", () => {
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

test("the log does not report a demand of a reset as a failed GET_TARGET", () => {
  const story = new Story().cycles(1);
  story.cycles(3, (state) => {
    state.targetFail++;
    story.statuses.note("get_target", Status.Reset);
  });
  expect(story.lines).toEqual([]);
  story.cycles(1, (state) => {
    state.targetFail++;
    story.statuses.note("get_target", Status.Busy);
  });
  expect(story.lines.map((line) => line.replace(/ \{.*/, ""))).toEqual([
    "   4 warn the host does not answer GET_TARGET with a target: the daemon tries again each second (status 8, BUSY)",
  ]);
});

test("the log tells a movement of the balloon, its end, and the obstacles", async () => {
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

test("the log reports a target that changes each second once a minute", () => {
  const story = new Story().cycles(600, (s) => {
    s.target += 100;
    s.size = s.target;
  });
  expect(story.lines).toHaveLength(10);
});

test("the log does not repeat failed attempts to load once the driver is loaded", () => {
  const story = new Story();
  story.begin({ start: 5, startFail: 4 }).cycles(3, (s) => {
    s.timer++;
  });
  expect(story.lines).toEqual([]);
  story.cycles(1, (s) => {
    s.start++;
    s.startFail++;
  });
  expect(story.lines).toHaveLength(1);
});

test("the log tells an episode once at its begin and once at its end, with its count, over a wrapped counter", () => {
  const episode = new Episode(10);
  expect([0, 0].map((count) => episode.note(count, 0))).toEqual([null, null]);
  expect(episode.note(0xffff_fffe, 1)).toBe("begins");
  expect(episode.note(3, 2)).toBeNull();
  expect([episode.isOn, episode.occurrences]).toEqual([true, 0xffff_fffe + 5]);
  expect([3, 11, 12, 13].map((us) => episode.note(3, us))).toEqual([null, null, "ends", null]);
  expect(episode.note(4, 20)).toBe("begins");
  expect(episode.occurrences).toBe(1);
});

/** The lines of a story without their fields. */
const told = (story: Story): string[] => story.lines.map((line) => line.replace(/ \{.*/, ""));

test("the log names pressure, the watermark, unreadable figures and a full arena", () => {
  const story = new Story()
    .cycles(2, (_, counters) => counters.psiHits++)
    .cycles(2, (_, counters) => counters.watermarkHits++)
    .cycles(2, (_, counters) => counters.unreadableHits++)
    .cycles(2, (_, counters) => counters.arenaHits++);
  expect(told(story)).toEqual([
    "   0 info PSI full is above its limit: the balloon stops growing",
    "   2 info no free memory is left above the watermark: the balloon grows at the rate of sleeping allocations",
    "   4 warn /proc/meminfo or /proc/zoneinfo can't be read: the balloon stops growing",
    "   6 warn the address space reserved at the start is full: the balloon grows no further until the daemon is restarted",
  ]);
});

test("the log blames the floor, not the watermark, for allocations that fail at the floor", () => {
  const story = new Story().cycles(5, (state, counters) => {
    state.allocFail++;
    counters.floorHits++;
  });
  expect(told(story)).toEqual(["   0 info the guest is at its floor: the balloon stops growing"]);
});

test("the log tells resets each second as one episode, with their number at its end", () => {
  const story = new Story().cycles(30, (state) => state.start++).cycles(61);
  expect(story.lines).toEqual([
    '   0 warn the host asked for a reset: the driver has freed all pages {"event":"reset","phase":"begins"}',
    '  89 info the host has asked for no reset for a minute {"event":"reset","phase":"ends","occurrences":30}',
  ]);
});

test("the log tells refusals with their status", () => {
  const story = new Story();
  story.statuses.note("lock", 5);
  story.statuses.note("get_target", 0xffff_ffff);
  story.statuses.note("unlock", 77);
  story.statuses.note("start", 8);
  story.cycles(1, (state) => {
    state.refusedAlloc++;
    state.targetFail++;
    state.unlockFail++;
    state.start++;
    state.startFail++;
  });
  expect(story.lines.map((line) => line.replace(/"phase".*?,/, ""))).toEqual([
    '   0 warn the host does not answer GET_TARGET with a target: the daemon tries again each second (status 4294967295, FAILURE) {"event":"target_unknown","status":4294967295}',
    '   0 warn the host refuses pages (status 5, PPN_PINNED) {"event":"refused","status":5}',
    '   0 warn the host refuses to unlock pages: they stay in the balloon, and the daemon tries again each second (status 77) {"event":"kept","status":77}',
    '   0 warn the host does not accept START: the daemon sends it each second (status 8, BUSY) {"event":"reset_start","status":8}',
  ]);
});

test("the log says what a refused exchange for a part of a page of 2 MiB means, and does not blame UNLOCK", () => {
  const story = new Story();
  story.statuses.note("lock", 5);
  // The engine counts the refusal as one of UNLOCK.
  story
    .cycles(3, (state, counters) => {
      state.unlockFail++;
      counters.exchangeRefusals++;
    })
    .cycles(60);
  expect(story.lines.map((line) => line.replace(/"phase".*?,/, ""))).toEqual([
    "   0 warn the host refuses to lock pages of 4 KiB in exchange for a part of a page of 2 MiB, which therefore stays in the balloon " +
      "as a whole: the balloon is up to 2 MiB above its target, and the daemon tries again each second (status 5, PPN_PINNED) " +
      '{"event":"exchange","status":5}',
    '  62 info the host has refused no page in exchange for a part of a page of 2 MiB for a minute {"event":"exchange","occurrences":3}',
  ]);
});

test("the log tells a reset in answer to UNLOCK as a reset only", () => {
  const story = new Story();
  story.statuses.note("unlock", Status.Reset);
  story.cycles(1, (state) => state.unlockFail++);
  expect(story.lines).toEqual([]);
});

test("the log tells seconds without a cycle as one episode, with their number at its end", () => {
  const story = new Story();
  story.lostSeconds = 2;
  story.cycles(3);
  story.lostSeconds = 0;
  story.cycles(61);
  expect(story.lines).toEqual([
    '   0 info cycles take a quarter of a second or more: the next whole second passes without one {"event":"lost_seconds","phase":"begins"}',
    '  62 info no second was lost for a minute {"event":"lost_seconds","phase":"ends","occurrences":6}',
  ]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { policyNamed } from "../../../src/common/policy-named.ts";
import { POLICIES } from "../../../src/engine/index.ts";
import {
  type CauseRecord,
  CauseRecorder,
  type CauseRecording,
  causeLines,
  causeOf,
  episodeAt,
  episodesOf,
  episodeText,
  shownEpisodes,
} from "../../../src/sim/causes/index.ts";
import { Simulation } from "../../../src/sim/run/simulation.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import type { TraceSource } from "../../../src/sim/trace/types.ts";
import { traceDocuments } from "../../support/generators/traces.ts";
import { traceOf } from "../../support/in-process/curves.ts";
import { slow } from "../../support/setup/slow.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 100);

function recordingOf(source: TraceSource, driver = "vmmemctl", most?: number): CauseRecording {
  const policy = POLICIES.get(driver);
  if (policy === undefined) throw new Error(driver);
  const causes = new CauseRecorder(most);
  new Simulation(source, { policy, rates: policy.defaults, causes }).run();
  return causes.recording;
}

/** A recording of records that are given by kind, beginning, end and time in seconds. */
function recordingWith(
  ...records: readonly (readonly [kind: CauseRecord["kind"], since: number, until: number, total: number])[]
): CauseRecording {
  const recording = recordingOf(openTrace("spike"));
  const pattern = recording.records.find(({ role }) => role === "workload") as CauseRecord;
  const made = records.map(([kind, since, until, total], i): CauseRecord => {
    const times = { sinceUs: since * 1e6, untilUs: until * 1e6, totalUs: total * 1e6, longestUs: total * 1e6 };
    return { ...pattern, ...times, id: i + 1, kind, count: 1, chain: [] };
  });
  return { ...recording, records: made, gapUs: 2_000_000 };
}

/** All texts of a recording. */
const textsOf = (recording: CauseRecording): string[] =>
  episodesOf(recording).map((episode) => {
    const { title, lines } = episodeText(episode, recording);
    return [title, ...lines].join("\n");
  });

describe("the episodes of a run", () => {
  test("have texts without gaps, of any trace and with few records, too", slow(2), () => {
    fc.assert(
      fc.property(traceDocuments, fc.constantFrom(16, 4096), (document, most) => {
        const recording = recordingOf(readTrace(JSON.stringify(document)), "vmmemctl", most);
        for (const text of textsOf(recording))
          expect(text).not.toMatch(/undefined|NaN|Infinity|null|-0|\b1 times|\{|\[object/);
        const { records } = recording;
        for (const [
          i,
          { id, sinceUs, untilUs, chain, first, before, count, totalUs, longestUs },
        ] of records.entries()) {
          expect(id).toBe(i + 1);
          expect(untilUs).toBeGreaterThanOrEqual(sinceUs);
          expect(untilUs).toBeLessThanOrEqual(recording.endUs);
          expect(before.atUs).toBeLessThanOrEqual(first.atUs);
          expect(count).toBeGreaterThan(0);
          expect(longestUs).toBeLessThanOrEqual(totalUs);
          for (const step of chain) expect(records[step - 1]?.sinceUs).toBeLessThanOrEqual(sinceUs);
        }
        for (const line of causeLines(recording, {})) expect(() => JSON.parse(line)).not.toThrow();
      }),
      { numRuns: RUNS },
    );
  });

  test("are ordered by kills, then by what workloads waited; waits more than 5 s apart are two", () => {
    const recording = recordingOf(openTrace("spike"));
    const [first, second, ...others] = episodesOf(recording);
    expect(others).toEqual([]);
    expect(first?.workloadUs).toBeGreaterThan(100 * (second?.workloadUs ?? Number.NaN));
    expect(first?.sinceUs).toBeGreaterThan((second?.untilUs ?? Number.NaN) + 5_000_000);
    expect(causeOf(first as NonNullable<typeof first>, recording)).toBe("swapping");
    const kills = episodesOf(recordingOf(openTrace("no-swap-oom"))).map(({ kills, sinceUs }) => [kills, sinceUs]);
    expect(kills.slice(0, 4).map(([n]) => n)).toEqual([1, 1, 1, 1]);
    expect(kills.slice(0, 4).map(([, us]) => us)).toEqual(
      kills
        .slice(0, 4)
        .map(([, us]) => us)
        .toSorted((a = 0, b = 0) => a - b),
    );
  });

  test("share no record that fits into one: it belongs to the one with most time in common", () => {
    const [long, short] = episodesOf(
      recordingWith(
        ["swap-read", 10, 20, 9],
        ["reread", 18, 24, 3],
        ["swap-read", 26, 30, 2],
        ["sleep-failed", 23, 24, 0],
      ),
    );
    expect([long?.otherUs, short?.otherUs]).toEqual([3_000_000, 0]);
    expect([long?.failures, short?.failures]).toEqual([0, 1]);
  });

  test("tell no time and no number of a record that exceeds them, but say when it was", () => {
    const recording = recordingWith(["swap-read", 10, 12, 2], ["reread", 10, 60, 6], ["swap-read", 50, 51, 1]);
    const [first, second] = episodesOf(recording);
    expect([first?.otherUs, second?.otherUs]).toEqual([null, null]);
    expect([first?.failures, second?.failures]).toEqual([0, 0]);
    for (const text of textsOf(recording)) expect(text).toMatch(/db waited 6s for .*, in all of 10s to 1m\./);
    const spike = episodesOf(recordingOf(openTrace("spike")));
    expect(spike.map(({ otherUs }) => otherUs)).toEqual([null, null]);
  });

  test("are told for a page with the time of the state that the text tells, and with their number", () => {
    const recording = recordingOf(openTrace("spike"));
    const { episodes, all } = shownEpisodes(recording, 1);
    expect([episodes.length, all]).toEqual([1, 2]);
    const [first] = episodesOf(recording);
    const worstUs = episodes[0]?.worstUs as number;
    expect(worstUs).toBe(first?.worst.atUs);
    const seconds = Number((worstUs / 1e6 - 60).toFixed(1));
    expect(episodes[0]?.lines.at(-1)?.startsWith(`At 1m${seconds}s `)).toBe(true);
    // Within the episode, neither at its beginning nor at its end.
    expect(worstUs).toBeGreaterThan(first?.sinceUs as number);
    expect(worstUs).toBeLessThan(first?.untilUs as number);
  });

  test("say that a task waited for pages of the balloon, not that it slept", () => {
    const policy = policyNamed("virtio-balloon", "driver");
    const causes = new CauseRecorder();
    const rates = { ...policy.defaults, deflateOnOom: 1 };
    new Simulation(openTrace("no-swap-oom"), { policy, rates, causes }).run();
    const [text = ""] = textsOf(causes.recording);
    expect(text).toMatch(/service waited \S+ in direct reclaim \([^)]*\), \S+ of it while the balloon gave pages\./);
    expect(text).not.toContain("asleep");
    expect(causes.recording.records.some(({ kind }) => kind === "relief-wait")).toBe(true);
  });

  test("are found at a time: the one that contains it, else the nearest within a minute", () => {
    const episodes = episodesOf(recordingOf(openTrace("spike")));
    expect(episodeAt(episodes, 95_000_000)).toBe(episodes[0]);
    expect(episodeAt(episodes, 70_000_000)).toBe(episodes[1]);
    expect(episodeAt(episodes, 200_000_000)).toBe(null);
  });

  test("say who took the memory: the balloon, a workload, or both", () => {
    const [spike = ""] = textsOf(recordingOf(openTrace("spike")));
    expect(spike).toMatch(/the balloon grew by 704MiB; anonymous memory, swap included, grew by 1GiB/);
    const alone = traceOf(60, {
      guest: { memory: "512MiB", swap: "1GiB" },
      workloads: [
        {
          name: "app",
          anon: [
            [0, "100MiB"],
            ["20s", "700MiB"],
          ],
          touch: "100MiB/s",
        },
      ],
    });
    const [text = ""] = textsOf(recordingOf(readTrace(alone)));
    expect(text).toMatch(/anonymous memory, swap included, grew by [3-6]\d\dMiB/);
    expect(text).not.toMatch(/the balloon grew|beside the balloon/);
    expect(text).toContain("does not fit into the guest's memory");
  });

  test("name workloads as the trace does, also one with the name of another actor", () => {
    const text = traceOf(60, {
      guest: { memory: "512MiB", swap: "1GiB" },
      workloads: [
        {
          name: "kernel",
          anon: [
            [0, "100MiB"],
            ["20s", "600MiB"],
          ],
          touch: "100MiB/s",
        },
      ],
    });
    const recording = recordingOf(readTrace(text));
    const [worst] = episodesOf(recording);
    expect(worst?.workloadUs).toBeGreaterThan(0);
    expect(worst?.main.role).toBe("workload");
    expect(textsOf(recording)[0]).toMatch(/^\S+ to \S+: kernel waited/);
    expect(textsOf(recording)[0]).not.toContain("the kernel waited");
  });

  test.each(["virtio-balloon", "vmw-balloon", "open-vm-tools"])("are told of %s", (driver) => {
    const [text = ""] = textsOf(recordingOf(openTrace("thrash"), driver));
    expect(text).toMatch(/cache waited .* from swap/);
    expect(text).toContain("the host raised the target by 960MiB to 960MiB");
  });
});

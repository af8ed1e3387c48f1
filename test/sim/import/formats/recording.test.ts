import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { recording } from "../../../../src/sim/import/formats/recording.ts";
import { RecordingTime } from "../../../../src/sim/import/formats/recording-time.ts";
import { importTexts } from "../../../support/in-process/import-log.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";
import { describeReader } from "../../../support/suites/readers.ts";

const fixture = readFileSync(join(ROOT, "test/sim/import/fixtures/recording/everything.jsonl"), "utf8");

describeReader(recording, {
  fixture: "everything.jsonl",
  machines: { web01: 43 },
  hasMissing: true,
  damages: [
    { line: 1, from: '"version":1', to: '"version":7', column: 45, says: /this program reads version 1/ },
    { line: 1, from: '"field":"uptime"', to: '"field":4', column: 280, says: /expected a column with file and field/ },
    { line: 3, from: '"t":18', to: '"t":-18', column: 6, says: /expected the time, a number of seconds/ },
    { line: 3, from: /"t":[\d.]+/, to: '"t":1e305', column: 6, says: /expected the time, a number of seconds/ },
    { line: 3, from: '"m":', to: '"n":', column: 1, says: /expected a number of seconds/ },
    { line: 4, from: ",2014980,", to: ',"many",', column: 47, says: /expected a number or null/ },
    { line: 4, from: ",2014980,", to: ",1e999,", column: 47, says: /expected a number or null/ },
    { line: 4, from: ",2014980,", to: ",2014x980,", column: 51, says: /expected a comma or "\]", found "x980"/ },
    { line: 5, from: ",2014980,", to: ",", column: 41, says: /35 values, expected 36 as in the header/ },
    { line: 6, from: /^\{/, to: "#{", column: 1, says: /expected a value, found "#"/ },
  ],
  grow: (text, times) => {
    const [header, ...samples] = text.split("\n").slice(0, 20);
    const more = Array.from({ length: times * 2 }, (_, i) =>
      samples.map((line) =>
        line
          .replace(/"t":([\d.]+)/, (_all, t) => `"t":${(Number(t) + i * 20).toFixed(3)}`)
          .replace(/"m":([\d.]+)/, (_all, m) => `"m":${(Number(m) + i * 20).toFixed(6)}`)
          .replace(/"v":\[([\d.]+)/, (_all, up) => `"v":[${(Number(up) + i * 20).toFixed(2)}`),
      ),
    );
    return `${[header, ...more.flat()].join("\n")}\n`;
  },
});

const directory = scratchDirectory();
const linesOf = (trace: string | undefined) =>
  (trace ?? "")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const importText = (text: string) => importTexts(directory, [{ name: "everything.jsonl", text }]);

describe("recordings", () => {
  it("tell of sleep, clocks that were set, continuation and new starts, each at its time", async () => {
    const { traces, remarks } = await importText(fixture);
    const events = linesOf(traces.get("web01")).filter(({ event }) => event !== undefined);
    expect(events.map(({ t, event }) => `${t} ${event.type}: ${event.text}`)).toMatchInlineSnapshot(`
      [
        "20 gap: no samples",
        "80.001 comment: the machine slept for 1m",
        "85.001 comment: the clock was put back by 30s: times go on as before",
        "90.001 comment: the clock was put forward by 30s: times go on as before",
        "93 gap: no samples",
        "104.002 comment: the recording was ended and continued",
        "108 gap: no samples",
        "153.002 restart: the machine started anew",
      ]
    `);
    expect(remarks[0]).toBe("everything.jsonl:35:1: the recording ended within this line: omitted");
  });

  it("have a target that was measured, and the balloon apart from what the guest uses", async () => {
    const { traces } = await importText(fixture);
    const [header, first] = linesOf(traces.get("web01"));
    expect(header.rows.target).toMatchObject({ how: "measured", from: "target of vmmemctl of the log" });
    expect(header.guest).toMatchObject({ memory: 503_745, swap: 262_143 });
    const { free, buffers, cached, anon } = first.measured;
    expect(first.anon).toBe(Math.round((anon + 8192) / 4));
    expect(first.fileSet).toBe(Math.round((buffers + cached - 8192 + 40_000) / 4));
    expect(first.kernelMemory).toBe(Math.round((2_014_980 - free - anon - buffers - cached - 40_000) / 4));
  });

  it("of balloon-hw have its profile and limits, and its pages are not the workload's", async () => {
    const balloon = { rates: {}, floorPages: 5000, psiLimit: 10, giveWay: null };
    const [first = "", ...samples] = fixture.split("\n").slice(0, 30);
    const header = (extra: object): string =>
      [JSON.stringify({ ...JSON.parse(first), ...extra }), ...samples, ""].join("\n");
    const rowsOf = async (extra: object) => linesOf((await importText(header(extra))).traces.get("web01"));
    const kernels = await rowsOf({});
    const daemons = await rowsOf({ balloon });
    expect(kernels[0].guest).toMatchObject({ profile: "linux-6.1" });
    expect(kernels[0].guest.floor).toBeUndefined();
    expect(daemons[0].guest).toMatchObject({ profile: "balloon-hw", floor: 5000, psiLimit: 10, giveWay: false });
    const withBalloon = kernels.findIndex(({ measured }) => measured?.balloonSize > 0);
    const [of, ofDaemon] = [kernels[withBalloon], daemons[withBalloon]];
    const { balloonSize } = of.measured;
    expect(balloonSize).toBeGreaterThan(0);
    expect(ofDaemon.anon).toBe(of.anon - balloonSize);
    expect(ofDaemon.kernelMemory).toBe(of.kernelMemory + balloonSize);
    await expect(importText(header({ balloon: { ...balloon, floorPages: -1 } }))).rejects.toThrow(
      /everything\.jsonl:1:\d+: expected a number of pages/,
    );
  });

  it("count pages of the size that the machine has", async () => {
    const { traces } = await importText(fixture.replaceAll('"pageBytes":4096', '"pageBytes":65536'));
    const { measured } = linesOf(traces.get("web01"))[1];
    expect(measured).toMatchObject({ swapOut: 200 * 16, balloonTarget: 0, free: expect.any(Number) });
  });

  it("of which nothing but a header or one sample is left make no trace", async () => {
    const [header, sample] = fixture.split("\n");
    await expect(importText(`${header}\n`)).rejects.toThrow("everything.jsonl: no samples in this recording log");
    await expect(importText(`${header}\n${sample}\n`)).rejects.toThrow(
      /one sample of "web01", whose duration is unknown/,
    );
  });
});

describe("the time line of a recording", () => {
  const run = (...clocks: (readonly [wall: number, monotonic: number, uptime: number | null])[]) => {
    const time = new RecordingTime();
    const times = clocks.map(([wall, monotonic, uptime]) => time.at(wall, monotonic, uptime));
    return times.map(({ atUs, events }) => [atUs / 1e6, ...events.map(({ text }) => text)]);
  };

  it("goes on by the monotonic clock while the wall's is set", () => {
    expect(run([100, 5, 5], [101, 6, 6], [42, 7, 7], [43, 8, 8])).toEqual([
      [100],
      [101],
      [102, "the clock was put back by 1m: times go on as before"],
      [103],
    ]);
  });

  it("does not take what clocks usually differ by for anything", () => {
    expect(run([100, 5, 5], [101.2, 6, 5.99], [102.1, 7, 7.19])).toEqual([[100], [101], [102]]);
  });

  it("tells sleep from a clock that was set, and both at once from either", () => {
    expect(run([100, 5, 5], [161, 6, 66])).toEqual([[100], [161, "the machine slept for 1m"]]);
    expect(run([100, 5, 5], [171, 6, 66])).toEqual([
      [100],
      [161, "the machine slept for 1m", "the clock was put forward by 10s: times go on as before"],
    ]);
  });

  it("without an uptime, says that it can't", () => {
    expect(run([100, 5, null], [161, 6, null], [102, 7, null])).toEqual([
      [100],
      [161, "the machine slept for 1m, or its clock was put forward"],
      [162, "the clock was put back by 1m: times go on as before"],
    ]);
  });

  it("begins again by the wall's clock where the machine started anew", () => {
    expect(run([100, 500, 500], [160, 20, 20], [161, 21, 21])).toEqual([
      [100],
      [160, "the machine started anew"],
      [161],
    ]);
  });
});

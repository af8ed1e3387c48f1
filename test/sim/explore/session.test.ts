import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import { runTrace } from "../../../src/sim/core.ts";
import { type FromWorker, NO_EDITS, type RunRequest } from "../../../src/sim/explore/protocol.ts";
import { Session } from "../../../src/sim/explore/worker/session.ts";
import { Slices } from "../../../src/sim/explore/worker/slices.ts";
import { ROOT } from "../../support/processes/command.ts";

const textOf = (trace: string): string => readFileSync(join(ROOT, "traces", `${trace}.json`), "utf8");

const request = (trace: string, rates: RunRequest["rates"] = {}): RunRequest => ({
  trace,
  driver: "vmmemctl",
  rates,
  edits: NO_EDITS,
});

/** A session whose clock advances by 3 ms with each look, and which works when it is told to. */
function begin() {
  let ms = 0;
  const waiting: (() => void)[] = [];
  const said: FromWorker[] = [];
  const slices = new Slices(
    () => {
      ms += 3;
      return ms;
    },
    (next) => waiting.push(next),
  );
  const session = new Session(slices, (message) => said.push(message));
  for (const name of ["spike", "steady"]) session.take({ kind: "trace", key: name, name, text: textOf(name) });
  return {
    session,
    said,
    /** Works for some slices, or until nothing is left. */
    work(most = Number.POSITIVE_INFINITY) {
      for (let i = 0; i < most && waiting.length > 0; i++) waiting.shift()?.();
    },
    of: <K extends FromWorker["kind"]>(kind: K) =>
      said.filter((message): message is Extract<FromWorker, { kind: K }> => message.kind === kind),
  };
}

describe("the explorer's worker", () => {
  test("says what it knows of a trace, or what is wrong with it", () => {
    const { session, of } = begin();
    expect(of("facts").map(({ facts }) => facts.name)).toEqual(["spike", "steady"]);
    session.take({ kind: "trace", key: "bad", name: "bad.json", text: "[]" });
    expect(of("refused")).toMatchObject([
      { key: "bad", message: expect.stringMatching(/^bad\.json:1:1: expected a trace/) },
    ]);
  });

  test.each([
    [
      '{"format":"balloon-sim/study","version":1}',
      "is a study, expected a trace (balloon-sim explore FILE -o PAGE makes a page of a study)",
    ],
    [
      '{"format":"balloon-sim/host","vms":[]}',
      "expected a trace (balloon-sim explore FILE -o PAGE makes a page of a host with VMs)",
    ],
    [
      '{"format":"balloon-sim/checkpoint"}',
      "is a checkpoint, expected a trace (balloon-sim run --resume FILE continues it)",
    ],
    ["time,size", 'found "time,size" (balloon-sim import makes traces of logs)'],
    ['{"format":"balloon-sim/trace","version":2}', '"guest" is missing'],
  ])("refuses %s with the one hint that fits", (text, end) => {
    const { session, of } = begin();
    session.take({ kind: "trace", key: "bad", name: "bad.json", text });
    const message = of("refused")[0]?.message ?? "";
    expect(message).toContain(end);
    expect(message.match(/\(balloon-sim/g)?.length ?? 0).toBe(end.includes("(") ? 1 : 0);
  });

  test("reads a file as a trace, or makes traces of a log, which the page sends back", async () => {
    const { session, said, of } = begin();
    const file = (key: string, bytes: Uint8Array) =>
      session.take({ kind: "file", key, name: key, bytes, version: "1" });
    file("mine.json", Buffer.from(textOf("spike")));
    expect(of("facts").at(-1)).toMatchObject({ key: "mine.json", facts: { name: "spike" } });
    file("web03.log", readFileSync(join(ROOT, "test/sim/import/fixtures/free/web03.log")));
    file("screens.log", readFileSync(join(ROOT, "test/sim/import/fixtures/vmstat/screens.log")));
    await vi.waitFor(() => expect([of("imported").length, of("refused").length]).toEqual([1, 1]));
    expect(of("refused")).toMatchObject([{ key: "screens.log", message: expect.stringContaining("--memory") }]);
    const [{ key, traces } = { key: "", traces: [] }] = of("imported");
    expect([key, traces.map(({ name }) => name)]).toEqual(["web03.log", ["web03.jsonl"]]);
    const before = said.length;
    for (const { name, text } of traces) session.take({ kind: "trace", key: name, name, text });
    expect(said.slice(before)).toMatchObject([{ kind: "facts", key: "web03.jsonl" }]);
  });

  test("draws a run while it goes on, and ends with its objectives", () => {
    const { session, of, work } = begin();
    session.take({ kind: "run", id: 1, request: request("spike", { "alloc-max": 4096 }) });
    work();
    const curves = of("curves");
    const last = curves.at(-1);
    expect(last).toMatchObject({ id: 1, progress: 1 });
    const { rows, summary } = runTrace(textOf("spike"), { rates: { "alloc-max": 4096 } });
    expect(last?.objectives).toEqual(Object.values(summary.objectives as object));
    const times = rows
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((row) => Number(row.split(",")[0]));
    expect([...(last?.data.columns[0] ?? [])]).toEqual(times);
  });

  test("a file that is opened again with another text is run as it is now, in all worlds", () => {
    const { session, of, work } = begin();
    const open = (seconds: number) => {
      const text = JSON.stringify({ ...JSON.parse(textOf("spike")), duration: `${seconds}s` });
      session.take({ kind: "trace", key: "mine.json", name: "mine.json", text });
      return text;
    };
    open(200);
    session.take({ kind: "run", id: 1, request: request("mine.json") });
    work();
    session.take({ kind: "worlds", id: 2, request: request("mine.json"), worlds: 1 });
    work();
    const { rows, summary } = runTrace(open(250));
    session.take({ kind: "run", id: 3, request: request("mine.json") });
    work();
    session.take({ kind: "worlds", id: 4, request: request("mine.json"), worlds: 1 });
    work();
    session.take({ kind: "export", id: 5, request: request("mine.json"), what: "rows" });
    work();
    const objectives = Object.values(summary.objectives as object);
    expect(of("curves").at(-1)).toMatchObject({ id: 3, objectives });
    expect(of("worlds").at(-1)).toMatchObject({ id: 4, values: [objectives] });
    expect(of("exported").at(-1)?.text).toBe(rows);
  });

  test("sends the next part of a run only when the page has drawn the one before", () => {
    const { session, of, work } = begin();
    const text = JSON.stringify({ ...JSON.parse(textOf("spike")), duration: "4d" });
    session.take({ kind: "trace", key: "long", name: "long", text });
    session.take({ kind: "run", id: 1, request: request("long") });
    work(30);
    expect(of("curves").map(({ objectives }) => objectives)).toEqual([null]);
    session.take({ kind: "drawn", id: 7 });
    work(30);
    expect(of("curves")).toHaveLength(1);
    session.take({ kind: "drawn", id: 1 });
    work(30);
    expect(of("curves").map(({ objectives }) => objectives)).toEqual([null, null]);
  });

  test("does not delay the end of a run by another part of it", () => {
    const { session, of, work } = begin();
    const text = JSON.stringify({ ...JSON.parse(textOf("spike")), duration: "4d" });
    session.take({ kind: "trace", key: "long", name: "long", text });
    session.take({ kind: "run", id: 1, request: request("long") });
    while (!of("curves").some(({ progress }) => progress === 1)) {
      work(1);
      session.take({ kind: "drawn", id: 1 });
    }
    const parts = of("curves").filter(({ progress }) => progress < 1);
    expect(parts.length).toBeGreaterThan(0);
    for (const { ms, progress } of parts) expect((ms / progress) * (1 - progress)).toBeGreaterThan(240);
  });

  test("makes files in slices, and a newer run does not end that", () => {
    const { session, of, work } = begin();
    session.take({ kind: "export", id: 1, request: request("spike"), what: "rows" });
    work(2);
    expect(of("exported")).toEqual([]);
    session.take({ kind: "run", id: 2, request: request("steady") });
    work(2);
    session.take({ kind: "run", id: 3, request: request("steady") });
    work();
    expect(of("exported")[0]?.text).toBe(runTrace(textOf("spike")).rows);
    expect(of("curves").at(-1)).toMatchObject({ id: 3, progress: 1 });
  });

  test("leaves a run for a newer one, between two slices", () => {
    const { session, of, work } = begin();
    session.take({ kind: "run", id: 1, request: request("spike") });
    work(1);
    session.take({ kind: "run", id: 2, request: request("steady") });
    work();
    expect(
      of("curves")
        .filter(({ progress }) => progress === 1)
        .map(({ id }) => id),
    ).toEqual([2]);
  });

  test("has the objectives in worlds that compare has, also if it was interrupted", () => {
    const { session, of, work } = begin();
    session.take({ kind: "worlds", id: 1, request: request("spike"), worlds: 3 });
    work(3);
    session.take({ kind: "run", id: 7, request: request("steady") });
    work();
    expect(of("worlds")).toEqual([]);
    session.take({ kind: "worlds", id: 2, request: request("spike"), worlds: 3 });
    work();
    const expected = [1, 2, 3].map((world) =>
      Object.values(runTrace(textOf("spike"), { world }).summary.objectives as object),
    );
    expect(of("worlds")).toMatchObject([{ id: 2, values: expected }]);
  });

  test("reports what the driver can't run with, and goes on", () => {
    const { session, of, work } = begin();
    session.take({ kind: "run", id: 1, request: request("spike", { "alloc-min": 5000 }) });
    work();
    expect(of("failed")).toEqual([
      { kind: "failed", id: 1, message: "alloc-min is 5000: expected no more than alloc-max, which is 2048" },
    ]);
    session.take({ kind: "run", id: 2, request: request("steady") });
    work();
    expect(of("curves").at(-1)).toMatchObject({ id: 2, progress: 1 });
  });

  test("exports the rows that the command prints, and the trace as it is run", () => {
    const { session, of, work } = begin();
    session.take({ kind: "export", id: 1, request: request("spike"), what: "rows" });
    session.take({ kind: "export", id: 2, request: request("spike"), what: "trace" });
    session.take({ kind: "export", id: 3, request: request("spike"), what: "picture" });
    work();
    const [rows, trace, picture] = of("exported");
    expect(rows?.text).toBe(runTrace(textOf("spike")).rows);
    expect(trace?.text).toBe(textOf("spike"));
    expect(picture?.text).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  });

  test("walks through a run event by event, in both directions", () => {
    const { session, of, work } = begin();
    const walk = (id: number, commands: string) =>
      session.take({ kind: "walk", id, request: request("spike"), commands });
    walk(1, "60g");
    walk(2, "n");
    walk(3, "b");
    work();
    expect(of("walked").map(({ id, lines }) => [id, lines.length])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    const [to, on, back] = of("walked").map(({ lines: [line] }) => Number(/ ([\d.]+) s/.exec(line as string)?.[1]));
    expect(to).toBeLessThanOrEqual(60);
    expect(on).toBeGreaterThan(60);
    expect(back).toBe(to);
  });

  test("goes to a far event in slices, beside a run, and not on once another one is wanted", () => {
    const { session, of, work } = begin();
    const walk = (id: number, trace: string, commands: string) =>
      session.take({ kind: "walk", id, request: request(trace), commands });
    const text = JSON.stringify({ ...JSON.parse(textOf("spike")), duration: "4d" });
    session.take({ kind: "trace", key: "long", name: "long", text });
    walk(1, "long", "7200g");
    session.take({ kind: "run", id: 2, request: request("steady") });
    work(3);
    expect(of("walked")).toEqual([]);
    work();
    expect(of("curves").at(-1)).toMatchObject({ id: 2, progress: 1 });
    expect(of("walked")).toMatchObject([{ id: 1, lines: [expect.stringMatching(/ 7(?:199|200)\.\d+ s/)] }]);
    walk(3, "long", "1g");
    work(1);
    walk(4, "spike", "60g");
    work();
    expect(of("walked").slice(1)).toMatchObject([
      { id: 3, lines: [] },
      { id: 4, lines: [expect.stringMatching(/ (?:59|60)\.\d+ s/)] },
    ]);
  });

  test("tells why it can't walk", () => {
    const { session, of, work } = begin();
    session.take({ kind: "walk", id: 1, request: request("spike", { "alloc-min": 5000 }), commands: "n" });
    work();
    expect(of("failed")).toMatchObject([{ id: 1, message: expect.stringMatching(/^alloc-min is 5000/) }]);
  });

  test("does not run world 1 again after the causes of a run", () => {
    const { session, of, work } = begin();
    session.take({ kind: "causes", id: 1, request: request("spike") });
    work();
    session.take({ kind: "worlds", id: 2, request: request("spike"), worlds: 1 });
    work(1);
    const objectives = Object.values(runTrace(textOf("spike")).summary.objectives as object);
    expect(of("worlds")).toEqual([{ kind: "worlds", id: 2, values: [objectives] }]);
    session.take({ kind: "worlds", id: 3, request: request("spike"), worlds: 2 });
    work();
    const second = Object.values(runTrace(textOf("spike"), { world: 2 }).summary.objectives as object);
    expect(of("worlds").at(-1)?.values).toEqual([objectives, second]);
  });

  test("tells why a run stalls, the worst first", () => {
    const { session, of, work } = begin();
    session.take({ kind: "causes", id: 1, request: request("spike") });
    work();
    const [{ episodes, all } = { episodes: [], all: 0 }] = of("causes");
    expect(all).toBe(episodes.length);
    expect(episodes[0]).toMatchObject({ title: expect.stringMatching(/^1m30.*db waited/) });
    const { sinceUs, worstUs, untilUs } = episodes[0] as (typeof episodes)[number];
    expect(worstUs).toBeGreaterThanOrEqual(sinceUs);
    expect(worstUs).toBeLessThanOrEqual(untilUs);
  });

  test("needs no more memory after a thousand changes than after a hundred", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const { session, said, work } = begin();
    const used: number[] = [];
    for (let i = 1; i <= 1000; i++) {
      session.take({ kind: "run", id: i, request: request("steady", { "alloc-max": 2048 + i }) });
      work();
      session.take({ kind: "worlds", id: i, request: request("steady", { "alloc-max": 2048 + i }), worlds: 1 });
      work();
      said.length = 0;
      if (i === 100 || i === 1000) {
        // Buffers are freed by the collection after that of the arrays that they belong to.
        collect();
        collect();
        used.push(process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers);
      }
    }
    expect((used[1] as number) - (used[0] as number)).toBeLessThan(2 * 1024 * 1024);
  });
});

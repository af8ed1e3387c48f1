import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { type CommandResult, ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { start, until, worker, workers } from "../../support/processes/queue.ts";
import { NO_REDIS, RedisServer } from "../../support/processes/redis.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(5);
const directory = scratchDirectory();
const run = (...args: string[]): Promise<CommandResult> => callBalloonSim(["run", ...args], { cwd: directory });

beforeAll(async () => {
  const options = ["--guests", "40", "--for", "2h", "--seed", "queue"];
  expect((await callBalloonSim(["generate", "fleet", "-o", join(directory, "fleet"), ...options])).status).toBe(0);
  writeFileSync(join(directory, "bad.json"), '{"format": 7}');
  // A machine file beside the trace, which no worker reads by itself.
  const spike = JSON.parse(readFileSync(join(ROOT, "traces/spike.json"), "utf8")) as { guest: object };
  const server = readFileSync(join(ROOT, "src/sim/trace/machines/server.json"), "utf8");
  writeFileSync(join(directory, "own-machine.json"), server);
  writeFileSync(
    join(directory, "on-machine.json"),
    JSON.stringify({ ...spike, guest: { ...spike.guest, machine: "./own-machine.json" } }),
  );
});

const fleet = (): string[] => readdirSync(join(directory, "fleet")).map((name) => join("fleet", name));

describe.skipIf(NO_REDIS !== undefined)(`run --queue${NO_REDIS === undefined ? "" : ` (${NO_REDIS})`}`, () => {
  test("prints and writes the same bytes as threads, and leaves nothing in Redis", async () => {
    const redis = await RedisServer.start();
    const all = workers(redis, 2);
    for (const args of [
      ["spike", "--until", "1m"],
      [...fleet(), "--summary"],
      ["spike", "ramp", ...fleet().slice(0, 3), "--worlds", "3", "--summary", "--format", "csv"],
      ["spike", "ramp", "--until", "1m", "--worlds", "2", "--format", "json", "--verify"],
      ["spike", "bad.json", "missing.json", "ramp", "--until", "1m", "--format", "ndjson"],
      ["bad.json"],
      ["on-machine.json", "spike", "--until", "1m", "--summary", "--format", "json"],
      ["spike", "ramp", "--until", "1m", "--target", "0..40%/60s", "--every", "5s", "--seed", "other"],
      ["spike", "ramp", "--until", "1m", "--worlds", "2", "--shard", "2/3"],
    ]) {
      const threads = await run(...args, "--workers", "1");
      expect(await run(...args, "--queue", redis.url), args.join(" ")).toEqual(threads);
    }
    const files = ["spike", "ramp", "--until", "1m", "--every", "5s"];
    await run(...files, "-o", "threads/");
    await run(...files, "-o", "queue/", "--queue", redis.url);
    await run(...files, "--format", "parquet", "-o", "threads/all.parquet");
    await run(...files, "--format", "parquet", "-o", "queue/all.parquet", "--queue", redis.url);
    for (const name of ["spike.csv", "ramp.csv", "all.parquet"]) {
      expect(readFileSync(join(directory, "queue", name)), name).toEqual(
        readFileSync(join(directory, "threads", name)),
      );
    }
    expect(await redis.keysInTheEnd()).toEqual([]);
    for (const { child } of all) child.kill("SIGTERM");
    for (const { end, said } of all) expect(await end, said()).toBe(0);
  });

  test("survives a killed worker and a Redis without its data, and holds only the traces of tasks in the queue", async () => {
    const redis = await RedisServer.start();
    const [first] = workers(redis, 2);
    const client = redis.client();
    const args = [...fleet(), "--worlds", "8", "--summary", "--format", "csv", "--quiet"];
    const expected = await run(...args);
    const inDirectory = args.map((arg) => (arg.startsWith("fleet/") ? join(directory, arg) : arg));
    const coordinator = start(["run", ...inDirectory, "--queue", redis.url]);
    let printed = "";
    coordinator.child.stdout?.on("data", (chunk) => {
      printed += chunk;
    });
    const texts = async () => (await client.keys("balloon-sim:data:*")).length;
    await until(async () => (await texts()) > 1);
    first?.child.kill("SIGKILL");
    let most = 0;
    for (let look = 0; look < 40; look++) most = Math.max(most, await texts());
    await redis.kill();
    await redis.begin();
    worker(redis);
    expect(await coordinator.end, coordinator.said()).toBe(0);
    expect(printed.replaceAll(`${directory}/`, "")).toBe(expected.stdout);
    // The setup, and a trace or two for each of the pieces.
    expect(most).toBeLessThan(15);
    expect(await redis.keysInTheEnd()).toEqual([]);
  });

  test("a worker that gets a signal during a study, twice at once, leaves it and exits with 0", async () => {
    const redis = await RedisServer.start();
    const one = worker(redis);
    const coordinator = start([
      "run",
      ...fleet().map((name) => join(directory, name)),
      "--worlds",
      "20",
      "--summary",
      "--queue",
      redis.url,
    ]);
    await until(() => one.said().includes("taking tasks"));
    one.child.kill("SIGTERM");
    one.child.kill("SIGINT");
    expect(await one.end, one.said()).toBe(0);
    expect(one.said()).toContain("the worker leaves");
    coordinator.child.kill("SIGINT");
    await coordinator.end;
  });

  test("refuses options whose results workers do not return, and standard input", async () => {
    const queue = ["--queue", "redis://127.0.0.1:1"];
    for (const [args, message] of [
      [["spike", "--plot"], "--queue: can't be combined with --plot"],
      [["spike", "--plot", "a.svg"], "--queue: can't be combined with --plot"],
      [["spike", "--checkpoint", "a.ckpt", "--at", "60"], "--queue: can't be combined with --checkpoint"],
      [["--resume", "a.ckpt"], "--queue: can't be combined with --resume"],
      [["-"], "--queue: expected trace files, not standard input (-)"],
      [
        ["spike", "--workers", "2"],
        "--workers: can't be combined with --queue: --concurrency of balloon-sim worker sets the number of runs at the same time",
      ],
    ] as const) {
      expect(await run(...args, ...queue)).toEqual({ status: 2, stdout: "", stderr: `balloon-sim: ${message}\n` });
    }
  });
});

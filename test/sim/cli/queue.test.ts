import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { callBalloonSim } from "../../support/in-process/command.ts";
import { ROOT, scratchDirectory } from "../../support/processes/command.ts";
import { type Process, start, until, worker, workers } from "../../support/processes/queue.ts";
import { freePort, NO_REDIS, RedisServer } from "../../support/processes/redis.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(10);
const directory = scratchDirectory();

/** Runs of some milliseconds, enough of them for several seconds. */
const STUDY = [
  ...["tune", "spike", "ramp", "--until", "1m", "--minimize", "stall_full", "--minimize", "reclaimed_area"],
  ...["--trials", "128", "--halving", "2", "--judge-worlds", "2", "-q"],
];

const linesOf = (path: string): number => (existsSync(path) ? readFileSync(path, "utf8").split("\n").length - 1 : 0);

let expected: string;
beforeAll(async () => {
  const path = join(directory, "one-thread.jsonl");
  expect((await callBalloonSim([...STUDY, "--workers", "1", "--study", path])).stderr).not.toContain("failed");
  expected = readFileSync(path, "utf8");
});

const journal = (name: string): string => join(directory, `${name}.jsonl`);

/** Fails with what the processes said where a journal is another one. */
function expectSame(path: string): void {
  expect(readFileSync(path, "utf8") === expected, path).toBe(true);
}

test("three threads make the journal of one", async () => {
  await callBalloonSim([...STUDY, "--workers", "3", "--study", journal("threads")]);
  expectSame(journal("threads"));
});

describe.skipIf(NO_REDIS !== undefined)(`studies on a queue${NO_REDIS === undefined ? "" : ` (${NO_REDIS})`}`, () => {
  test("three workers make the journal and the rows of one thread, and leave nothing in Redis", async () => {
    const redis = await RedisServer.start();
    const all = workers(redis, 3);
    const tune = start([...STUDY, "--study", journal("three"), "--queue", redis.url]);
    await until(() => linesOf(journal("three")) > 20);
    // `study show` works during the study.
    expect((await callBalloonSim(["study", "show", journal("three")])).stdout).toContain("trials");
    expect(await tune.end, tune.said()).toBe(0);
    expectSame(journal("three"));

    const sweep = ["sweep", "spike", "ramp", "--until", "1m", "--set", "alloc-max=1024..16384x8", "--worlds", "2"];
    const onQueue = await callBalloonSim([...sweep, "--queue", redis.url, "--name", "a-sweep"]);
    expect(onQueue.stderr).toBe("");
    expect(onQueue.stdout).toBe((await callBalloonSim([...sweep, "--workers", "1"])).stdout);
    expect(await redis.keysInTheEnd()).toEqual([]);

    for (const { child } of all) child.kill("SIGTERM");
    for (const { end, said } of all) expect(await end, said()).toBe(0);
    expect(await redis.keysInTheEnd([])).toEqual([]);
    expect(all.map(({ said }) => said()).join("")).toMatch(
      /study a-sweep: has ended; tasks \d+, runs \d+, \d+\.\d s in runs\n/,
    );
  });

  test("workers that are killed, or stopped and continued, change nothing", async () => {
    const redis = await RedisServer.start();
    const [first, second, third] = workers(redis, 3) as [Process, Process, Process];
    const path = journal("killed-workers");
    const tune = start([...STUDY, "--study", path, "--queue", redis.url]);
    await until(() => linesOf(path) > 30);
    first.child.kill("SIGKILL");
    await until(() => linesOf(path) > 40);
    second.child.kill("SIGSTOP");
    third.child.kill("SIGKILL");
    const fourth = worker(redis);
    // The tasks of the dead workers, and of the one that hangs, are taken over.
    await until(() => linesOf(path) > 90);
    // The answer of the one that hung comes second.
    second.child.kill("SIGCONT");
    expect(await tune.end, tune.said()).toBe(0);
    expectSame(path);
    expect(await redis.keysInTheEnd()).toEqual([]);
    for (const { child, end, said } of [second, fourth]) {
      child.kill("SIGINT");
      expect(await end, said()).toBe(0);
    }
  });

  test("a coordinator that is killed and started again goes on with its journal", async () => {
    const redis = await RedisServer.start();
    workers(redis, 2);
    const path = journal("killed-coordinator");
    const command = [...STUDY, "--study", path, "--queue", redis.url, "--name", "study-1"];
    const first = start(command);
    await until(() => linesOf(path) > 40);
    first.child.kill("SIGKILL");
    await first.end;
    expect(await redis.client().exists("balloon-sim:study:study-1")).toBe(1);
    const second = start(command);
    expect(await second.end, second.said()).toBe(0);
    expect(second.said()).toContain("trials existed already");
    expectSame(path);
    expect(await redis.keysInTheEnd()).toEqual([]);
  });

  test("a Redis with an append-only file may be killed and started again", async () => {
    const redis = await RedisServer.start("--appendonly", "yes");
    workers(redis, 2);
    const path = journal("killed-redis");
    const tune = start([...STUDY, "--study", path, "--queue", redis.url]);
    await until(() => linesOf(path) > 40);
    await redis.kill();
    await until(() => tune.said().includes("the connection is lost"));
    await redis.begin();
    expect(await tune.end, tune.said()).toBe(0);
    expect(tune.said()).toContain("the connection is restored");
    expectSame(path);
    expect(await redis.keysInTheEnd()).toEqual([]);
  });

  test("a coordinator reports that a Redis without persistence has lost tasks, and adds them again", async () => {
    const redis = await RedisServer.start();
    workers(redis, 2);
    const path = journal("lost-redis");
    const tune = start([...STUDY, "--study", path, "--queue", redis.url]);
    await until(() => linesOf(path) > 40);
    await redis.kill();
    await redis.begin();
    expect(await tune.end, tune.said()).toBe(0);
    expect(tune.said()).toMatch(/has lost tasks of the study \w+: they are added to the queue again/);
    expectSame(path);
    expect(await redis.keysInTheEnd()).toEqual([]);
  });

  test("Ctrl-C ends a coordinator, and nothing of its study is left", async () => {
    const redis = await RedisServer.start();
    const tune = start([...STUDY, "--study", journal("interrupted"), "--queue", redis.url]);
    const client = redis.client();
    await until(async () => (await client.keys("balloon-sim:queue:*:wait")).length > 0);
    tune.child.kill("SIGINT");
    expect(await tune.end).toBe("SIGINT");
    expect(await redis.keysInTheEnd()).toEqual([]);
  });

  test("a coordinator without workers reports it and waits; --purge removes the data of a killed coordinator", async () => {
    const redis = await RedisServer.start();
    const command = ["sweep", "spike", "--set", "alloc-max=1024,2048", "--queue", redis.url, "--name", "a"];
    const sweep = start(command);
    await until(() => sweep.said() !== "");
    expect(sweep.said()).toBe(
      `balloon-sim: no worker takes tasks from ${redis.url} (study a): start balloon-sim worker --queue ${redis.url}\n`,
    );
    const again = await callBalloonSim(command);
    expect(again.status).toBe(2);
    const place = `process ${sweep.child.pid} on ${hostname()}`;
    expect(again.stderr).toBe(
      `balloon-sim: --name a: the coordinator of the study of this name at ${redis.url} is ${place}: choose another name, ` +
        "or end that process, or wait 15 s if it has died\n",
    );
    expect(await callBalloonSim(["worker", "--queue", redis.url, "--purge", "a"])).toEqual({
      status: 2,
      stdout: "",
      stderr:
        `balloon-sim: --purge a: the coordinator of this study at ${redis.url} is ${place}: end that process first, ` +
        "or wait 15 s if it has died\n",
    });
    // A refused study leaves no journal.
    const refused = await callBalloonSim([
      ...STUDY,
      "--study",
      journal("refused"),
      "--queue",
      redis.url,
      "--name",
      "a",
    ]);
    expect(refused.stderr).toContain("--name a: the coordinator of the study");
    expect(existsSync(journal("refused"))).toBe(false);
    sweep.child.kill("SIGKILL");
    await sweep.end;
    const client = redis.client();
    expect(await client.dbsize()).toBeGreaterThan(5);
    // All remaining keys expire.
    for (const key of await client.keys("*")) expect(await client.ttl(key), key).toBeGreaterThan(0);
    const purge = async () => (await callBalloonSim(["worker", "--queue", redis.url, "--purge", "a"])).stdout;
    expect(await purge()).toMatch(/^study a: \d+ keys removed at redis:/);
    expect(await client.dbsize()).toBe(0);
    expect(await purge()).toContain("no data");
  });

  test("a Redis whose memory is full later ends a coordinator, which removes its data", async () => {
    const redis = await RedisServer.start();
    const client = redis.client();
    const sweep = start(["sweep", "spike", "--set", "alloc-max=1024,2048", "--queue", redis.url, "--name", "a"]);
    await until(async () => (await client.keys("balloon-sim:queue:*:wait")).length > 0);
    await client.config("SET", "maxmemory", "1");
    expect(await sweep.end).toBe(1);
    expect(sweep.said()).toBe(`balloon-sim: ${redis.url}: the memory of Redis is full: increase maxmemory\n`);
    expect(await client.keys("*")).toEqual([]);
  });

  test("a coordinator reports why its data could not be removed", async () => {
    const redis = await RedisServer.start();
    const client = redis.client();
    const sweep = start(["sweep", "spike", "--set", "alloc-max=1024,2048", "--queue", redis.url, "--name", "a"]);
    await until(async () => (await client.keys("balloon-sim:queue:*:wait")).length > 0);
    await client.call("ACL", "SETUSER", "default", "-eval");
    expect(await sweep.end).toBe(1);
    expect(sweep.said()).toMatch(
      /^balloon-sim: redis:\S+ NOPERM [^:\n]*: the data of the study a is not removed; .* --purge a\nballoon-sim: redis:\S+ NOPERM .*\n$/,
    );
  });

  test("a repeated signal waits for the removal of the data; a later second one does not, and names the study", async () => {
    const redis = await RedisServer.start();
    const client = redis.client();
    const begin = async () => {
      const sweep = start(["sweep", "spike", "--set", "alloc-max=1024,2048", "--queue", redis.url, "--name", "a"]);
      await until(async () => (await client.keys("balloon-sim:queue:*:wait")).length > 0);
      return sweep;
    };
    const first = await begin();
    await client.call("CLIENT", "PAUSE", "500", "ALL");
    first.child.kill("SIGTERM");
    await sleep(50);
    first.child.kill("SIGTERM");
    expect(await first.end).toBe("SIGTERM");
    expect(first.said()).toBe("");
    expect(await client.keys("*")).toEqual([]);

    const second = await begin();
    await client.call("CLIENT", "PAUSE", "5000", "ALL");
    second.child.kill("SIGTERM");
    await sleep(600);
    second.child.kill("SIGTERM");
    expect(await second.end).toBe("SIGTERM");
    expect(second.said()).toBe(
      `balloon-sim: ${redis.url}: interrupted: the data of the study a is not removed; it expires within an hour. ` +
        `To remove it at once: balloon-sim worker --queue ${redis.url} --purge a\n`,
    );
  });

  test.skipIf(spawnSync("script", ["--version"]).status !== 0)(
    "on a terminal a coordinator prints its name",
    async () => {
      const redis = await RedisServer.start();
      const one = worker(redis);
      for (const command of ["run spike --summary", "sweep spike --set alloc-max=1024,2048"]) {
        const program = `${process.execPath} ${join(ROOT, "bin/balloon-sim.js")}`;
        const line = `${program} ${command} --until 1m --queue ${redis.url} --name shown`;
        const { stdout } = spawnSync("script", ["-qec", `${line} >/dev/null`, "/dev/null"], { encoding: "utf8" });
        expect(stdout).toContain(`balloon-sim: study shown at ${redis.url}\r\n`);
        const quiet = spawnSync("script", ["-qec", `${line} --quiet >/dev/null`, "/dev/null"], { encoding: "utf8" });
        expect(quiet.stdout).toBe("");
      }
      one.child.kill("SIGTERM");
      expect(await one.end).toBe(0);
    },
  );

  test("a worker of another model is refused, on both sides", async () => {
    const redis = await RedisServer.start();
    const client = redis.client();
    const model = { version: "9.9.9", hash: "0123456789abcdef" };
    const study = { study: "theirs", setup: "a".repeat(64), model, holder: {}, token: "t" };
    await client.set("balloon-sim:study:theirs", JSON.stringify(study));
    await client.zadd("balloon-sim:studies", 1, "theirs");
    const named = await callBalloonSim(["worker", "--queue", redis.url, "--name", "theirs"]);
    expect(named.status).toBe(2);
    expect(named.stderr).toMatch(
      /study theirs: its coordinator has the model 9\.9\.9 \(0123456789abcdef\), this worker has \d+\.\d+\.\d+ \([0-9a-f]{16}\): both need/,
    );
    const any = worker(redis);
    await until(() => any.said().includes("study theirs: its coordinator has the model 9.9.9"));
    any.child.kill("SIGTERM");
    expect(await any.end).toBe(0);

    await client.flushall();
    const foreign = { id: "w", host: "elsewhere", pid: 1, model, threads: 4, study: null };
    await client.zadd("balloon-sim:workers", 1e15, JSON.stringify(foreign));
    const sweep = start(["sweep", "spike", "--set", "alloc-max=1024,2048", "--queue", redis.url]);
    await until(() => sweep.said() !== "");
    expect(sweep.said()).toMatch(
      /no worker of redis:\S+ has the model \S+ \(\w+\); one has 9\.9\.9 \(0123456789abcdef\): start/,
    );
  });

  test("a worker has metrics", async () => {
    const redis = await RedisServer.start();
    const port = await freePort();
    const one = worker(redis, "--metrics", `127.0.0.1:${port}`);
    await until(() => one.said().includes("/metrics"));
    writeFileSync(join(directory, "rates.json"), (await callBalloonSim(["rates", "--json"])).stdout);
    const compare = ["compare", "default", "rates.json", "--on", "spike", "--until", "1m", "--worlds", "2"];
    const { stdout } = await callBalloonSim([...compare, "--queue", redis.url, "--name", "metered"], {
      cwd: directory,
    });
    expect(stdout).toBe((await callBalloonSim(compare, { cwd: directory })).stdout);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    // Both sets of constants are the same, and equal tasks are executed once.
    expect(text).toContain('balloon_sim_worker_runs_total{study="metered"} 2');
    expect(text).toContain('balloon_sim_worker_task_failures_total{study="metered"} 0');
    expect(text).toMatch(/balloon_sim_worker_run_seconds_total\{study="metered"\} \d+(\.\d{1,6})?\n/);
    expect((await callBalloonSim(["worker", "--queue", redis.url, "--metrics", "foo"])).stderr).toBe(
      'balloon-sim: --metrics: expected an address such as "127.0.0.1:9090" or "unix:/run/metrics.sock", found "foo"\n',
    );
  });

  test("the best constants of a study are those that threads find", async () => {
    const redis = await RedisServer.start();
    workers(redis, 2);
    const path = journal("best");
    writeFileSync(path, expected);
    const best = ["study", "best", path, "--pick", "reclaimed_area", "--worlds", "2", "-q"];
    const onQueue = await callBalloonSim([...best, "--queue", redis.url]);
    expect(onQueue).toEqual(await callBalloonSim(best));
    expect(onQueue.status).toBe(0);
  });
});

describe.skipIf(NO_REDIS !== undefined)("a Redis that can't be used is refused in one line", () => {
  const refused = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { status, stderr } = await callBalloonSim(args, { env, cwd: directory });
    expect(stderr).toMatch(/^[^\n]*\n$/);
    expect(status, stderr).toBe(2);
    return stderr;
  };

  test("if no server listens, or it lacks the database, or does not use TLS", async () => {
    const port = await freePort();
    expect(await refused(["worker", "--queue", `redis://127.0.0.1:${port}`])).toBe(
      `balloon-sim: --queue redis://127.0.0.1:${port}/0: connection refused: no server listens on this port\n`,
    );
    const redis = await RedisServer.start();
    expect(await refused(["worker", "--queue", redis.url.replace("/0", "/99")])).toContain(
      "no database with this number",
    );
    expect(await refused(["worker", "--queue", redis.url.replace("redis:", "rediss:")])).toContain(
      "does not use TLS (redis://)",
    );
  });

  test("if the password is wrong, or missing", async () => {
    const redis = await RedisServer.start("--requirepass", "s3cret");
    const sweep = ["sweep", "spike", "--until", "1m", "--set", "alloc-max=1024,2048", "--queue", redis.url];
    expect(await refused(sweep)).toContain(
      "the server requires a password: set BALLOON_REDIS_PASSWORD, or give --queue-password-file FILE",
    );
    expect(await refused(sweep, { BALLOON_REDIS_PASSWORD: "other" })).toContain("wrong user or password");
    writeFileSync(join(directory, "password"), "s3cret\n");
    const one = start(["worker", "--queue", redis.url, "--queue-password-file", join(directory, "password")]);
    expect(await callBalloonSim(sweep, { env: { BALLOON_REDIS_PASSWORD: "s3cret" } })).toMatchObject({
      status: 0,
      stderr: "",
    });
    one.child.kill("SIGTERM");
    expect(await one.end, one.said()).toBe(0);
  });

  test("if its memory is full, for a coordinator and for a worker", async () => {
    const redis = await RedisServer.start("--maxmemory", "1");
    for (const args of [["sweep", "spike", "--set", "alloc-max=1024,2048"], ["run", "spike"], ["worker"]]) {
      expect(await callBalloonSim([...args, "--queue", redis.url])).toEqual({
        status: 1,
        stdout: "",
        stderr: `balloon-sim: ${redis.url}: the memory of Redis is full: increase maxmemory\n`,
      });
    }
  });

  test("not if it needs no password: one line says so", async () => {
    const redis = await RedisServer.start();
    const env = { BALLOON_REDIS_PASSWORD: "s3cret" };
    expect(await callBalloonSim(["worker", "--queue", redis.url, "--purge", "a"], { env })).toEqual({
      status: 0,
      stdout: `study a: no data at ${redis.url}\n`,
      stderr: `balloon-sim worker: ${redis.url}: a password is given, but the server needs none\n`,
    });
    const sweep = start(["sweep", "spike", "--until", "1m", "--set", "alloc-max=1024,2048", "--queue", redis.url], env);
    const one = start(["worker", "--queue", redis.url, "--concurrency", "1"], env);
    expect(await sweep.end).toBe(0);
    expect(sweep.said()).toBe(`balloon-sim: ${redis.url}: a password is given, but the server needs none\n`);
    one.child.kill("SIGTERM");
    expect(await one.end).toBe(0);
    expect(one.said()).not.toContain("WARN");
  });

  test("if it may evict tasks", async () => {
    const redis = await RedisServer.start("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru");
    expect(await refused(["worker", "--queue", redis.url])).toBe(
      `balloon-sim: --queue ${redis.url}: its maxmemory-policy allkeys-lru may evict tasks when the memory is full: ` +
        "set maxmemory-policy noeviction\n",
    );
  });
});

/** Why there is no test of TLS; undefined: there is. */
const NO_TLS = NO_REDIS ?? (spawnSync("openssl", ["version"]).status === 0 ? undefined : "openssl is not installed");

test.skipIf(NO_TLS !== undefined)(
  `TLS needs a certificate that is trusted${NO_TLS === undefined ? "" : ` (${NO_TLS})`}`,
  async () => {
    const file = (name: string) => join(directory, name);
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
    const made = spawnSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", ...subject],
      ...["-keyout", file("tls.key"), "-out", file("tls.crt")],
    ]);
    expect(made.status, String(made.stderr)).toBe(0);
    const port = await freePort();
    const tls = ["--tls-port", `${port}`, "--tls-cert-file", file("tls.crt"), "--tls-key-file", file("tls.key")];
    await RedisServer.start(...tls, "--tls-ca-cert-file", file("tls.crt"), "--tls-auth-clients", "no");
    const url = `rediss://127.0.0.1:${port}/0`;
    const purge = ["worker", "--queue", url, "--purge", "a"];
    expect(await callBalloonSim(purge)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /^balloon-sim: --queue rediss:\S+: its certificate is invalid \(.*\): give the certificate of its authority/,
      ),
    });
    const good = { status: 0, stdout: `study a: no data at ${url}\n`, stderr: "" };
    expect(await callBalloonSim([...purge, "--queue-ca", file("tls.crt")])).toEqual(good);
    expect(await callBalloonSim(purge, { env: { BALLOON_REDIS_CA: file("tls.crt") } })).toEqual(good);
    const plain = await callBalloonSim(["worker", "--queue", url.replace("rediss", "redis"), "--purge", "a"]);
    expect(plain.status).toBe(2);
    expect(plain.stderr).toContain("it may require TLS (rediss://)");
  },
);

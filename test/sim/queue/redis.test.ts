import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { InputError, RunError } from "../../../src/common/errors.ts";
import { parseQueueAddress } from "../../../src/sim/queue/address.ts";
import { checkServer, connectRedis, redisFailure } from "../../../src/sim/queue/redis.ts";

const info = (...lines: string[]): string =>
  ["# Server", "redis_version:7.0.15", "role:master", ...lines, ""].join("\r\n");

describe("the reply to INFO", () => {
  test("of a server that can hold a queue is accepted, also without the memory policy", () => {
    checkServer(info("maxmemory_policy:noeviction", "cluster_enabled:0"));
    checkServer(info());
    checkServer(info().replace("7.0.15", "6.2.0"));
    checkServer(info().replace("7.0.15", "10.0.0"));
  });

  test.each([
    [info("maxmemory_policy:volatile-ttl"), "its maxmemory-policy volatile-ttl may evict tasks"],
    [info().replace("7.0.15", "6.0.16"), "the server is Redis 6.0.16: expected 6.2 or later"],
    [info().replace("7.0.15", "5.0.14"), "is Redis 5.0.14"],
    [info("cluster_enabled:1"), "the server is part of a Redis Cluster"],
    [info().replace("master", "slave"), "the server is a read-only replica"],
    ["# Server\r\nversion:1\r\n", "INFO has no redis_version"],
  ])("%j is refused", (text, message) => {
    expect(() => checkServer(text)).toThrow(InputError);
    expect(() => checkServer(text)).toThrow(message);
  });
});

test("a server of another protocol is refused", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const address = parseQueueAddress(`redis://127.0.0.1:${port}`, { env: {} });
  await expect(
    connectRedis(
      address,
      () => {},
      () => {},
    ),
  ).rejects.toThrow(
    new InputError(`--queue redis://127.0.0.1:${port}/0: the server does not use the protocol of Redis`),
  );
});

test("errors of a lost connection are ignored; others end the work", () => {
  const shown = "redis://h:1/0";
  const reply = (message: string): Error => Object.assign(new Error(message), { name: "ReplyError" });
  const cut = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" });
  for (const error of [
    cut,
    new Error("Connection is closed."),
    reply("LOADING Redis is loading the dataset in memory"),
  ]) {
    expect(redisFailure(error, { shown }), error.message).toBeNull();
  }
  expect(redisFailure(reply("OOM command not allowed when used memory > 'maxmemory'."), { shown })).toEqual(
    new RunError("redis://h:1/0: the memory of Redis is full: increase maxmemory"),
  );
  expect(redisFailure(reply("MISCONF no disk"), { shown })).toEqual(new RunError("redis://h:1/0: MISCONF no disk"));
  const bug = new TypeError("x is not a function");
  expect(redisFailure(bug, { shown })).toBe(bug);
});

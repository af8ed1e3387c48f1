import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { parseQueue } from "../../../src/sim/cli/queue-options.ts";
import { parseQueueAddress } from "../../../src/sim/queue/address.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();

test.each([
  ["redis://h", { shown: "redis://h:6379/0", host: "h", port: 6379, db: 0, user: null, tls: null }],
  ["redis://h:7/12", { shown: "redis://h:7/12", port: 7, db: 12 }],
  ["redis://[::1]:7/", { shown: "redis://[::1]:7/0", host: "::1" }],
  ["rediss://me%40work@h", { shown: "rediss://me%40work@h:6379/0", user: "me@work", tls: { ca: null } }],
])("%s", (url, expected) => {
  expect(parseQueueAddress(url, { env: { BALLOON_REDIS_PASSWORD: "x" } })).toMatchObject({
    ...expected,
    password: "x",
  });
});

test.each([
  [{ queue: "redis://u:hunter2@h/0" }, "--queue: every user of this machine can read a password in the URL (ps): set "],
  [{ queue: "u:hunter2@h/0" }, "--queue"],
  [{ queue: "http://u:hunter2@h" }, '--queue "http://u:…@h": expected a URL such as redis://queue.example.org:6379/0'],
  [{ queue: "redis://" }, "expected a URL such as"],
  [{ queue: "redis://h/a" }, "expected only the number of a database after the port"],
  [{ queue: "redis://h?db=1" }, "expected only the number of a database after the port"],
  [{ queue: "redis://h", workers: 2 }, "--workers: can't be combined with --queue"],
  [{ name: "a" }, "--name: needs --queue"],
  [{ queuePasswordFile: "a" }, "--queue-password-file: needs --queue"],
  [{ queue: "redis://h", name: "a b" }, '--name "a b": expected 1 to 64 letters, digits, - and _'],
  [{ queue: "redis://h", name: "" }, '--name "": expected'],
  [{ queue: "redis://h", queueCa: "ca.pem" }, "--queue-ca: needs a URL with rediss://"],
  [{ queue: "rediss://h", queueCa: "/nowhere/ca.pem" }, "--queue-ca /nowhere/ca.pem: no such file or directory"],
  [{ queue: "redis://h", queuePasswordFile: "/nowhere/pw" }, "--queue-password-file /nowhere/pw: no such file"],
  [{ queue: "redis://me@h" }, '"me" needs a password: set BALLOON_REDIS_PASSWORD, or give --queue-password-file FILE'],
])("%j is refused", (options, message) => {
  let said = "";
  try {
    parseQueue(options);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    said = (error as Error).message;
  }
  expect(said).toContain(message);
  expect(said).not.toContain("hunter2");
});

test("password and certificates come from files, the environment, or nowhere", () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const passwordFile = file("password", "from file\nmore\n");
  const env = { BALLOON_REDIS_PASSWORD: "from environment", BALLOON_REDIS_CA: file("ca.pem", "-----BEGIN") };
  expect(parseQueueAddress("redis://h", { env })).toMatchObject({ password: "from environment", tls: null });
  expect(parseQueueAddress("redis://h", { env, passwordFile })).toMatchObject({ password: "from file" });
  expect(parseQueueAddress("redis://h", { env: { BALLOON_REDIS_PASSWORD: "" } })).toMatchObject({ password: null });
  expect(parseQueueAddress("rediss://h", { env })).toMatchObject({ tls: { ca: "-----BEGIN" } });
  expect(() => parseQueueAddress("redis://h", { passwordFile: file("empty", "\nx") })).toThrow(
    "its first line is empty",
  );
});

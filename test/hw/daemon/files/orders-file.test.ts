import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NO_ORDERS, type Orders } from "../../../../src/hw/control/orders.ts";
import { OrdersFile } from "../../../../src/hw/daemon/files/orders-file.ts";
import { HangingFiles } from "../../../support/fakes/hanging-files.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

const FROZEN: Orders = { mode: "freeze", frozenPages: 1234, limit: { percent: 25 } };
const isRoot = process.geteuid?.() === 0;

test("orders are read as they were written, from a file that only its user may read", async () => {
  const directory = join(scratchDirectory(), "kept");
  const path = join(directory, "orders.json");
  const file = new OrdersFile(path);
  expect(file.read()).toEqual(NO_ORDERS);
  for (const orders of [FROZEN, { ...NO_ORDERS, limit: { pages: 5 } }, { ...NO_ORDERS, mode: "drain" as const }]) {
    await file.write(orders);
    expect(new OrdersFile(path).read()).toEqual(orders);
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(["orders.json"]);
});

test("no orders leave no file", async () => {
  const path = join(scratchDirectory(), "orders.json");
  const file = new OrdersFile(path);
  await file.write(FROZEN);
  await file.write(NO_ORDERS);
  await file.write(NO_ORDERS);
  expect(existsSync(path)).toBe(false);
});

test.each([
  ["", "holds no orders"],
  ["{", "holds no orders"],
  ["null", "holds no orders"],
  [JSON.stringify({ format: "balloon-hw/orders", version: 2, ...FROZEN }), "holds no orders"],
  [JSON.stringify({ format: "balloon-hw/orders", version: 1, ...FROZEN, mode: "melt" }), "holds no orders"],
  [JSON.stringify({ format: "balloon-hw/orders", version: 1, ...FROZEN, frozenPages: -1 }), "holds no orders"],
  [JSON.stringify({ format: "balloon-hw/orders", version: 1, ...FROZEN, limit: { percent: 101 } }), "holds no orders"],
  [`"${"x".repeat(70_000)}"`, "is too large"],
])("a file that reads %.80s is refused with what to do", (text, why) => {
  const path = join(scratchDirectory(), "orders.json");
  writeFileSync(path, text, { mode: 0o600 });
  expect(() => new OrdersFile(path).read()).toThrow(`${path}: ${why}`);
  expect(() => new OrdersFile(path).read()).toThrow("remove it, and give the orders again with --persist");
});

test("a file that another user may have made is refused", async () => {
  const directory = scratchDirectory();
  const path = join(directory, "orders.json");
  await new OrdersFile(path).write(FROZEN);
  chmodSync(path, 0o620);
  expect(() => new OrdersFile(path).read()).toThrow("may be written by other users");
  chmodSync(path, 0o600);
  const link = join(directory, "link.json");
  symlinkSync(path, link);
  expect(() => new OrdersFile(link).read()).toThrow("is a symbolic link");
  mkdirSync(join(directory, "folder"));
  expect(() => new OrdersFile(join(directory, "folder")).read()).toThrow("is no file");
});

test.skipIf(!isRoot)("a file of another user is refused", async () => {
  const path = join(scratchDirectory(), "orders.json");
  await new OrdersFile(path).write(FROZEN);
  chownSync(path, 65_534, 65_534);
  expect(() => new OrdersFile(path).read()).toThrow("belongs to another user");
});

test("a directory that can't hold the file is a failure with one line", async () => {
  const path = join(scratchDirectory(), "a-file");
  writeFileSync(path, "");
  await expect(new OrdersFile(join(path, "orders.json")).write(FROZEN)).rejects.toThrow(
    /a-file\/orders\.json: can't be written: its directory is a file$/,
  );
});

test("a disk that does not answer holds nothing up, and orders are written in their order when it does", async () => {
  const path = join(scratchDirectory(), "orders.json");
  const files = new HangingFiles();
  const file = new OrdersFile(path, files);
  await file.write(FROZEN);
  files.hang();
  const ended: string[] = [];
  const drained = file.write({ ...NO_ORDERS, mode: "drain" }).then(() => ended.push("drain"));
  const limited = file.write({ ...NO_ORDERS, limit: { pages: 5 } }).then(() => ended.push("limit"));
  let isIdle = false;
  void file.idle.then(() => {
    isIdle = true;
  });
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
  expect([ended, isIdle, files.inFlight, file.read()]).toEqual([[], false, 1, FROZEN]);
  files.answer();
  await Promise.all([drained, limited, file.idle]);
  expect([ended, isIdle, file.read()]).toEqual([["drain", "limit"], true, { ...NO_ORDERS, limit: { pages: 5 } }]);
});

test("orders that don't reach the disk leave the old ones, and nothing else", async () => {
  const directory = scratchDirectory();
  const path = join(directory, "orders.json");
  const files = new HangingFiles();
  const file = new OrdersFile(path, files);
  await file.write(FROZEN);
  const drain: Orders = { ...NO_ORDERS, mode: "drain" };
  files.syncFailure = "EIO";
  await expect(file.write(drain)).rejects.toThrow(`${path}: can't be written: `);
  files.syncFailure = null;
  files.failure = "ENOSPC";
  await expect(file.write(drain)).rejects.toThrow("no space left on the device");
  expect([file.read(), readdirSync(directory), files.openFiles]).toEqual([FROZEN, ["orders.json"], 0]);
  files.failure = null;
  // What a killed daemon has left.
  writeFileSync(join(directory, ".orders.json.tmp"), "{");
  await file.write(drain);
  expect([file.read(), readdirSync(directory)]).toEqual([drain, ["orders.json"]]);
});

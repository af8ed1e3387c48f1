/** Hosts that the reader of a page has opened, without a browser. */
import { expect, test } from "vitest";
import { plainHost } from "../../../../src/sim/explore/page/hosts/host-state.ts";
import { OwnHosts, unpackedFiles } from "../../../../src/sim/explore/page/hosts/own-hosts.ts";

const A = { name: "a.json", text: "{}" };
const B = { name: "b.json", text: "[]" };

test("of two hosts in a link, the one that it shows is shown, with its settings", async () => {
  const shown = { ...plainHost("b.json"), memory: 7 * 2 ** 18 };
  const own = new OwnHosts([]);
  await own.add([A, B], { shown, pinned: null, at: 12 });
  expect(own.know("a.json")).toBeNull();
  expect(own.know("b.json")).toEqual({ shown, pinned: null, at: 12 });
  expect([own.has("a.json"), own.has("b.json")]).toEqual([true, true]);
});

test("without a link the first host is shown", async () => {
  const own = new OwnHosts([]);
  await own.add([A, B], null);
  expect(own.know("a.json")).toEqual({ shown: plainHost("a.json"), pinned: null, at: null });
  expect(own.know("b.json")).toBeNull();
});

test("a link to a host that has a name of this page's own finds it", async () => {
  const own = new OwnHosts(["a.json"]);
  const opened = await own.add([A], { shown: plainHost("a.json"), pinned: plainHost("a.json"), at: null });
  const key = opened[0]?.key as string;
  expect(key).not.toBe("a.json");
  expect(own.know(key)).toEqual({ shown: plainHost(key), pinned: plainHost(key), at: null });
});

test("a host that can't be read leaves the one of its name, and its link, as they were", async () => {
  const own = new OwnHosts([]);
  await own.add([A], null);
  own.know("a.json");
  const before = own.partOf("a.json");
  expect(await unpackedFiles(before as string)).toEqual([A]);
  await own.add([{ name: "a.json", text: "{" }], null);
  own.forget("a.json");
  expect([own.has("a.json"), own.partOf("a.json")]).toEqual([true, before]);
});

test("a host that is too long for a link is known as such, and no other one", async () => {
  const own = new OwnHosts([]);
  const noise = Array.from({ length: 9000 }, (_, i) => String.fromCharCode(33 + ((i * i * 31 + i * 7) % 90))).join("");
  await own.add([{ name: "long.json", text: noise.repeat(30) }], null);
  own.know("long.json");
  await own.add([A], null);
  own.know("a.json");
  expect(["long.json", "a.json", "hosts/office"].map((key) => own.isTooLong(key))).toEqual([true, false, false]);
});

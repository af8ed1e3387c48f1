import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { groupId } from "../../../src/hw/settings/group.ts";
import { loadSettings } from "../../../src/hw/settings/settings.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const path = join(scratchDirectory(), "group");
writeFileSync(path, "root:x:0:\nprometheus:x:118:node\nodd:x:\n");

test("a group is found by its name or its number", () => {
  expect(["root", "prometheus", "4711"].map((name) => groupId(name, path))).toEqual([0, 118, 4711]);
});

test.each([["prom"], ["odd"], ["-1"], [""], [118]])("a group %j is refused", (name) => {
  expect(() => groupId(name, path)).toThrow(/expected the name of a group|has no group .*: name another one/);
});

test("a group is for a socket only", () => {
  expect(loadSettings(undefined, { metrics: "unix:/run/m.sock", "metrics-group": "118" }).metrics).toEqual({
    kind: "unix",
    path: "/run/m.sock",
    gid: 118,
  });
  for (const metrics of [undefined, "127.0.0.1:9090"]) {
    expect(() => loadSettings(undefined, { metrics, "metrics-group": "118" })).toThrow(
      "--metrics-group: needs --metrics unix:PATH",
    );
  }
});

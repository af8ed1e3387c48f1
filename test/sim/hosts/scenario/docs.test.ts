import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatSize } from "../../../../src/common/units.ts";
import { FILE_KEYS, HOST_KEYS } from "../../../../src/sim/hosts/scenario/file.ts";
import { hostProblems, readHostScenario } from "../../../../src/sim/hosts/scenario/read.ts";
import { SWAP_FIELDS, VM_KEYS } from "../../../../src/sim/hosts/scenario/settings.ts";
import { bundledHosts } from "../../../../src/sim/trace/bundled.ts";
import { ROOT } from "../../../support/processes/command.ts";

const page = readFileSync(join(ROOT, "docs/hosts.md"), "utf8");
const examples = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, block]) => block as string);

describe("an example of docs/hosts.md is a host", () => {
  test("of two", () => expect(examples).toHaveLength(2));

  test.each(examples)("%s", (text) => {
    expect(hostProblems({ name: "example", folder: ROOT, text })).toEqual([]);
  });
});

test("docs/hosts.md has every key of the format", () => {
  const keys = [...FILE_KEYS, ...HOST_KEYS, ...Object.keys(SWAP_FIELDS).map((key) => `swap.${key}`), ...VM_KEYS];
  for (const key of keys) expect(page).toContain(`\`${key}\``);
});

test("docs/hosts.md has the bundled hosts, with their sizes and policies", () => {
  const rows = [...page.matchAll(/^\| `(hosts\/[\w-]+)` \| (.*) \|$/gm)].map(([, name, text]) => [name, text]);
  expect(rows.map(([name]) => name).toSorted()).toEqual(bundledHosts());
  for (const [name, text] of rows) {
    const { vms, memory, policy } = readHostScenario(name as string);
    const sizes = [vms.reduce((sum, vm) => sum + vm.memory, 0), memory].map((size) =>
      formatSize(size).replace(/(?:\.\d+)?GiB/, " GiB"),
    );
    expect(text).toContain(`: ${vms.length} VMs, ${sizes.join(" on ")}, \`${policy.name}\``);
  }
});

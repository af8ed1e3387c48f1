import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatTime } from "../../../src/common/units.ts";
import { defaultOf, rangeOf, unitOf } from "../../../src/sim/hosts/params.ts";
import { TARGET_POLICIES } from "../../../src/sim/hosts/policies/index.ts";
import type { TargetPolicy } from "../../../src/sim/hosts/target-policy.ts";
import { tableRow, withParts } from "../../support/pages/generated.ts";
import { ROOT } from "../../support/processes/command.ts";

const code = (text: string) => `\`${text}\``;
const list = (fields: readonly string[]) => fields.map(code).join(", ");

const readsOf = ({ needs }: TargetPolicy): [string, string] => {
  const host = needs.host.map((group) => group.map(code).join(" and ")).join(", or ");
  const oneOf = (needs.vmOneOf ?? []).map((group) => group.map(code).join(" or "));
  const optional = [...(needs.optionalHost ?? []), ...(needs.optionalVm ?? [])];
  return [
    [host === "" ? "" : `host: ${host}`, `VMs: ${[...needs.vm.map(code), ...oneOf].join(", ")}`]
      .filter((text) => text !== "")
      .join("; "),
    list(optional),
  ];
};

const policies = (): string =>
  [
    tableRow(["policy", "what it does", "decides every", "needs", "also reads"]),
    tableRow(Array(5).fill("---")),
    ...[...TARGET_POLICIES.values()].map((policy) =>
      tableRow([code(policy.name), policy.meaning, formatTime(policy.everyUs), ...readsOf(policy)]),
    ),
  ].join("\n");

const params = ({ params: specs }: TargetPolicy): string =>
  [
    tableRow(["parameter", "default", "range", "unit", "meaning"]),
    tableRow(Array(5).fill("---")),
    ...specs.map((spec) => tableRow([code(spec.name), defaultOf(spec), rangeOf(spec), unitOf(spec), spec.meaning])),
  ].join("\n");

/** What the page has from the descriptions of the policies; `npx vitest run test/sim/hosts/docs.test.ts -u` writes it. */
const PARTS = {
  policies,
  ...Object.fromEntries([...TARGET_POLICIES.values()].map((policy) => [`params-${policy.name}`, () => params(policy)])),
};

const page = readFileSync(join(ROOT, "docs/host-policies.md"), "utf8");

test("docs/host-policies.md has what the policies say of themselves", async () => {
  await expect(withParts(page, PARTS)).toMatchFileSnapshot("../../../docs/host-policies.md");
});

test("docs/host-policies.md has the parameters of every policy that has any", () => {
  for (const { name, params: specs } of TARGET_POLICIES.values()) {
    if (specs.length > 0) expect(page).toContain(`<!-- generated: params-${name} -->`);
  }
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inventedHost } from "../../../support/data/invented-host.ts";
import { callBalloonSim } from "../../../support/in-process/command.ts";
import { hostImports } from "../../../support/in-process/import-host.ts";
import { ROOT, scratchDirectory } from "../../../support/processes/command.ts";

const NAME = "imported-esxtop";
const HOSTS = join(ROOT, "traces/hosts");
const DESCRIPTION =
  "What an import of esxtop makes of a host of 24 GiB with six VMs of 34 GiB over an hour, with the targets that the host set: a batch job wakes up, the balloons of idle VMs grow, and one VM is powered off. The log is invented, and the host in it is not ESX: it takes from each VM in proportion to its idle memory.";
const NOTE = "The log is invented (test/support/data/invented-host.ts of the repository), no measurement.";

// Where the import has become another, vitest -u writes the bundled host anew.
test("hosts/imported-esxtop is what becomes of an invented capture of esxtop", async () => {
  const { hostOf } = hostImports(scratchDirectory());
  const { out } = await hostOf({ "capture.csv": inventedHost() }, "--swap", "2GiB");
  const traces = readdirSync(out).filter((name) => name.endsWith(".jsonl"));
  expect(traces.sort()).toEqual(["app.jsonl", "batch.jsonl", "db.jsonl", "mail.jsonl", "test_old_.jsonl", "web.jsonl"]);
  for (const name of traces) {
    await expect(honest(readFileSync(join(out, name), "utf8"))).toMatchFileSnapshot(join(HOSTS, NAME, name));
  }
  const host = readFileSync(join(out, "host.json"), "utf8")
    .replace(/^\{\n/, '{\n  "$schema": "../../docs/host.schema.json",\n')
    .replace(/"name": "esx1.example"/, `"name": "${NAME}"`)
    .replace(/"description": ".*"/, `"description": "${DESCRIPTION}"`)
    .replaceAll('"trace": "', `"trace": "${NAME}/`);
  await expect(host).toMatchFileSnapshot(join(HOSTS, `${NAME}.json`));
  const { stdout } = await callBalloonSim(["validate", join(HOSTS, `${NAME}.json`)]);
  expect(stdout).toBe(`${join(HOSTS, `${NAME}.json`)}: ok\n`);
});

/** A trace that says that its log is invented, and does not depend on the version of the program. */
function honest(text: string): string {
  const [first = "", ...rows] = text.split("\n");
  const header = JSON.parse(first);
  header.description = `${header.description} ${NOTE}`;
  header.origin.note = `${NOTE} ${header.origin.note}`;
  header.origin.licence = "GPL-2.0-only; invented for balloon-sim";
  return [JSON.stringify(header), ...rows].join("\n");
}

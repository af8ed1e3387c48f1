import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { embedHost } from "../../../../src/sim/explore/hosts/embed.ts";
import { HOST_FIGURES_AT, type HostMoments, VM_FIGURES_AT } from "../../../../src/sim/explore/hosts/moments.ts";
import type { FromHostWorker } from "../../../../src/sim/explore/hosts/protocol.ts";
import { HostSession } from "../../../../src/sim/explore/hosts/worker/session.ts";
import { hostTexts, spokenAt, vmTexts } from "../../../../src/sim/explore/page/hosts/moment-texts.ts";
import { Slices } from "../../../../src/sim/explore/worker/slices.ts";
import { readHostText } from "../../../../src/sim/hosts/scenario/host-text.ts";
import { callBalloonSim } from "../../../support/in-process/command.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

const HOST = "hosts/imported-esxtop";
const directory = scratchDirectory();

/** The moments of ten minutes of a host, of which the page has a sample every 1.25 s. */
function momentsOf(): HostMoments {
  const waiting: (() => void)[] = [];
  const said: FromHostWorker[] = [];
  const session = new HostSession(
    new Slices(
      () => 0,
      (next) => waiting.push(next),
    ),
    (message) => said.push(message),
  );
  session.take({ kind: "host", host: embedHost(HOST, readHostText(HOST)).host });
  const request = { host: HOST, policy: null, sets: ["duration=10m"] };
  session.take({ kind: "show", id: 1, shown: request, pinned: request });
  while (waiting.length > 0) waiting.shift()?.();
  const shown = said.find((message) => message.kind === "shown");
  if (shown?.kind !== "shown") throw new Error("the run is not over");
  return shown.pictures.moments;
}

/** Rows of a CSV file as objects. */
function rowsOf(file: string): Record<string, string>[] {
  const [head = "", ...lines] = readFileSync(join(directory, "out", file), "utf8")
    .trimEnd()
    .split("\n");
  const names = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((text, i) => [names[i] as string, text])));
}

test("the cursor's figures are those of host.csv and vms.csv at the same times", async () => {
  const moments = momentsOf();
  const { status, stderr } = await callBalloonSim(
    ["host", HOST, "--set", "duration=10m", "--every", "1.25s", "-o", "out", "--quiet"],
    { cwd: directory },
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const host = rowsOf("host.csv");
  expect(moments.timesUs.map((us) => us / 1e6)).toEqual(host.map((row) => Number(row.time_s)));
  expect(moments.states).toEqual(host.map((row) => row.state));
  HOST_FIGURES_AT.forEach((name, f) => {
    expect([name, moments.host[f]]).toEqual([name, host.map((row) => Number(row[name]))]);
  });
  // Something happens: figures that never change would show nothing.
  expect(new Set(moments.host[0]).size).toBeGreaterThan(5);
  const rows = rowsOf("vms.csv");
  for (const { name, figures } of moments.vms) {
    const own = rows.filter((row) => row.vm === name);
    VM_FIGURES_AT.forEach((field, f) => {
      const values = (figures[f] ?? []).filter((value) => !Number.isNaN(value));
      expect([name, field, values]).toEqual([name, field, own.map((row) => Number(row[field]))]);
    });
  }
});

const MOMENTS: HostMoments = {
  endUs: 2e6,
  timesUs: [0, 1e6],
  states: ["high", null],
  host: [
    [2 ** 18, 0],
    [0, 2 ** 18],
    [0, 0],
    [256, 512],
  ],
  vms: [
    {
      name: "db",
      figures: [
        [2 ** 18, Number.NaN],
        [2 ** 17, Number.NaN],
        [256, Number.NaN],
        [0, Number.NaN],
        [1.5e6, Number.NaN],
      ],
    },
  ],
};

test("a time is shown, and read aloud, with the host and its VMs; a VM that is off has no figures", () => {
  expect(hostTexts(MOMENTS, 0)[0]).toEqual(["state", "high"]);
  expect(hostTexts(MOMENTS, 1)[0]).toEqual(["state", "–"]);
  const [vm] = MOMENTS.vms as [HostMoments["vms"][number]];
  expect(vmTexts(vm, 0).at(-1)).toBe("1.5s");
  expect(vmTexts(vm, 1)).toEqual(["–", "–", "–", "–", "off"]);
  expect(spokenAt(MOMENTS, 0)).toMatch(
    /^0s: state high, free 1 ?GiB, .*swapped 1 ?MiB; db: size 1 ?GiB, target .*, stalled so far 1\.5s$/,
  );
});

test("of many VMs, the first are read aloud", () => {
  const [vm] = MOMENTS.vms as [HostMoments["vms"][number]];
  const vms = Array.from({ length: 12 }, (_, i) => ({ ...vm, name: `vm${i}` }));
  const spoken = spokenAt({ ...MOMENTS, vms }, 0);
  expect(spoken).toContain("vm7: ");
  expect(spoken).not.toContain("vm8: ");
  expect(spoken).toMatch(/4 more VMs in the table$/);
});

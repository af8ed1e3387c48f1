import { describe, expect, it } from "vitest";
import { Command } from "../../../src/engine/index.ts";
import { randomStream } from "../../../src/sim/random/stream.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { EmulatedDaemon } from "../../support/processes/emulated-daemon.ts";
import { addonMissing, because, HOSTS } from "../../support/processes/emulation.ts";
import { LONG } from "../../support/setup/long.ts";
import { slow, slowFile } from "../../support/setup/slow.ts";

slowFile(8);

/** How long pages come and go at random. */
const SECONDS = LONG ? 120 : 15;

const missing = addonMissing();
const GRANTED = "capabilities batched 64-bit-target";

describe.skipIf(missing !== undefined).each(HOSTS)(`the daemon's batches, %s host${because(missing)}`, (host) => {
  const start = (script: readonly string[], ...args: string[]) =>
    new EmulatedDaemon({ directory: scratchDirectory(), strict: host === "strict", script, args });
  /** Waits until the balloon has this size, between two cycles. */
  const has = (daemon: EmulatedDaemon, pages: number) =>
    daemon.until(() => daemon.cycles().at(-1)?.size === pages, `${pages} pages`);
  /** Ends the daemon in order: the strict host has seen no violation, and the other one has counted none. */
  const end = async (daemon: EmulatedDaemon) => {
    expect(await daemon.stop()).toEqual({ status: 0, signal: null });
    expect(daemon.host()).toMatchObject({ locked: 0, violations: 0 });
    if (host === "strict") expect(daemon.report()).toMatchObject({ violation: null, locked: 0 });
  };

  it.concurrent("take a command for 512 pages, in both directions", async () => {
    const daemon = start([GRANTED, "target 0 20000", "target 6000000 3000"]);
    await has(daemon, 20_000);
    expect(daemon.host()?.locked).toBe(20_000);
    await has(daemon, 3000);
    expect(daemon.host()?.locked).toBe(3000);
    const { commands = [], batches = [], granted } = daemon.host() ?? {};
    expect([commands[Command.Lock], commands[Command.Unlock], granted]).toEqual([0, 0, 0x26]);
    // 20,000 pages in and 17,000 out, in cycles of at most 16,385.
    expect(batches[0]).toBeLessThan(20_000 / 512 + 60);
    expect(batches[1]).toBeLessThan(17_000 / 512 + 60);
    expect(daemon.log).toContain("the host has accepted START and GUEST_ID, protocol: batched");
    await end(daemon);
  });

  it.concurrent("are not asked for with --protocol basic", async () => {
    const daemon = start([GRANTED, "target 0 2000"], "--protocol", "basic");
    await has(daemon, 2000);
    expect(daemon.host()).toMatchObject({ granted: 2, batches: [0, 0, 0, 0] });
    expect(daemon.log).toContain("protocol: basic");
    await end(daemon);
  });

  it.concurrent("are not used with a host that does not grant them, which the log reports if they were named", async () => {
    const daemon = start(["target 0 2000"], "--protocol", "batched");
    await has(daemon, 2000);
    expect(daemon.host()).toMatchObject({ granted: 2, batches: [0, 0, 0, 0] });
    const line = "--protocol batched: not in use: the host does not grant it";
    await daemon.until(() => daemon.log.includes(line), "the line of the log");
    await end(daemon);
  });

  it.concurrent("may be interrupted by a reset in the middle", async () => {
    const daemon = start([GRANTED, "target 0 9000", "rule lock 0 - 1 5000 1 7"]);
    await daemon.until(() => daemon.host()?.resets === 1, "a reset");
    await has(daemon, 9000);
    expect(daemon.host()).toMatchObject({ locked: 9000, resetPending: false });
    await end(daemon);
  });

  it.concurrent("may have refused pages, in both directions", async () => {
    const daemon = start([
      ...[GRANTED, "target 0 4000", "target 9000000 500"],
      ...["rule lock 0 6000000 - 40 1 5", "rule unlock 9000000 14000000 - 300 1 8"],
    ]);
    await has(daemon, 4000);
    expect(daemon.cycles().reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(16);
    expect(daemon.host()?.locked).toBe(4000);
    await has(daemon, 500);
    expect(daemon.host()?.locked).toBe(500);
    await end(daemon);
  });

  it.concurrent.each([
    ["unknown", 1],
    ["failing", -1],
  ])("are given up for single pages where they are %s", async (_, status) => {
    const rules = [`rule batched-lock 0 - - 1 1 ${status}`, `rule batched-unlock 0 - - 1 1 ${status}`];
    const daemon = start([GRANTED, "target 0 3000", "target 6000000 100", ...rules]);
    await has(daemon, 3000);
    await has(daemon, 100);
    expect(daemon.host()?.batches[0]).toBeLessThanOrEqual(3);
    expect(daemon.log).toContain("the protocol is basic now, before batched");
    await end(daemon);
  });

  const GRANTED_2M = "capabilities batched batched-2m 64-bit-target";
  /** Pages of 2 MiB in the host's book: 512 pages in a command's entry. */
  const large = (daemon: EmulatedDaemon) => (daemon.host()?.batches ?? []).slice(2);

  it.concurrent("of pages of 2 MiB go in and out, to any size", async () => {
    const daemon = start([
      GRANTED_2M,
      "target 0 20100",
      "target 6000000 9001",
      "target 9000000 9500",
      "target 12000000 7",
    ]);
    await has(daemon, 20_100);
    expect(daemon.host()?.locked).toBe(20_100);
    const [locks = 0, unlocks] = large(daemon);
    expect([locks > 0, unlocks]).toEqual([true, 0]);
    // A run of an allocation of ten milliseconds takes two commands: pages of 4 KiB only for what is left over.
    expect(locks + (daemon.host()?.batches[0] ?? 0)).toBeLessThan(60);
    for (const size of [9001, 9500, 7]) {
      await has(daemon, size);
      expect(daemon.host()?.locked).toBe(size);
    }
    expect(large(daemon)[1]).toBeGreaterThan(0);
    expect(daemon.log).toContain("protocol: batched-2m");
    await end(daemon);
  });

  it.concurrent("of pages of 2 MiB are not used with --protocol batched", async () => {
    const daemon = start([GRANTED_2M, "target 0 3000"], "--protocol", "batched");
    await has(daemon, 3000);
    expect([daemon.host()?.granted, large(daemon)]).toEqual([0x26, [0, 0]]);
    await end(daemon);
  });

  it.concurrent("of pages of 2 MiB may have refused ones, and be interrupted by a reset", async () => {
    const daemon = start([
      ...[GRANTED_2M, "target 0 9000", "target 9000000 333"],
      ...[
        "rule lock 0 2000000 2 5 1 5",
        "rule batched-2m-lock 2000000 - 1 1 1 7",
        "rule unlock 9000000 11000000 - 3 1 8",
      ],
    ]);
    await has(daemon, 9000);
    await daemon.until(() => (daemon.host()?.target ?? 0) === 333, "the second target");
    await has(daemon, 333);
    expect(daemon.host()?.locked).toBe(333);
    await end(daemon);
  });

  it.concurrent.each([
    ["unknown", 1],
    ["failing", -1],
  ])("of pages of 2 MiB are given up for those of pages of 4 KiB where they are %s", async (_, status) => {
    const rules = [`rule batched-2m-lock 0 - - 1 1 ${status}`];
    const daemon = start([GRANTED_2M, "target 0 50000", "target 7000000 100", ...rules], "--floor", "64MiB");
    await has(daemon, 50_000);
    await has(daemon, 100);
    expect(large(daemon)[0]).toBeLessThanOrEqual(3);
    expect(daemon.log).toContain("the protocol is batched now, before batched-2m");
    await end(daemon);
  });

  it.concurrent("of any size lose no page in any course of events", slow(SECONDS + 20), async () => {
    const random = randomStream("protocol", host);
    const below = (limit: number) => Math.floor(random() * limit);
    const targets: string[] = [];
    for (let us = 0; us < SECONDS * 1e6; us += 700_000 + below(1_800_000)) {
      targets.push(`target ${us} ${([0, 511, 5000, 20_000, 33_333][below(5)] as number) + below(700)}`);
    }
    const daemon = start([
      ...[GRANTED_2M, "seed 5", ...targets, `rule get-target ${(SECONDS / 2) * 1e6} - 2 3 1 7`],
      ...["rule lock 0 - 3 9000 0.5 7", "rule lock 0 - - 1 0.002 5", "rule unlock 0 - - 1 0.004 8"],
      ...["rule batched-2m-lock 0 - - 9 0.3 8", "rule batched-2m-unlock 0 - - 7 0.3 8"],
      ...["rule batched-lock 0 - - 13 0.3 -1", "rule batched-unlock 0 - - 11 0.3 8"],
    ]);
    await daemon.until(() => (daemon.cycles().at(-1)?.cycle ?? 0) >= SECONDS * 0.8, "so many cycles");
    await end(daemon);
  });
});

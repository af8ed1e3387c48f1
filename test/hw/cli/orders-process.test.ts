import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { askDaemon } from "../../../src/hw/cli/ask-daemon.ts";
import { balloonHw, scratchDirectory } from "../../support/processes/command.ts";
import { EmulatedDaemon } from "../../support/processes/emulated-daemon.ts";
import { addonMissing, because } from "../../support/processes/emulation.ts";
import { slowFile } from "../../support/setup/slow.ts";

slowFile(5);

const missing = addonMissing();
const started: EmulatedDaemon[] = [];
afterEach(async () => {
  for (const daemon of started.splice(0)) if (!daemon.isOver) await daemon.kill();
});

/** A daemon whose host asks for 64 MiB at once and for 128 MiB after three seconds, with a place for its orders. */
function start(directory: string, args: readonly string[] = [], script = ["target 0 16384", "target 3000000 32768"]) {
  const socket = join(directory, "control.sock");
  const all = ["--socket", socket, "--state", join(directory, "kept"), "--floor", "4KiB", ...args];
  const daemon = new EmulatedDaemon({ directory, script, args: all });
  started.push(daemon);
  const order = (...words: string[]) => {
    const { status, stdout, stderr } = balloonHw([...words, "--socket", socket]);
    return [status, stdout + stderr];
  };
  const size = () => daemon.cycles().at(-1)?.size ?? 0;
  const reaches = (pages: number) => daemon.until(() => size() === pages, `${pages} pages in the balloon`);
  return { daemon, socket, order, reaches, size };
}

describe.skipIf(missing !== undefined)(`orders to the daemon as a process${because(missing)}`, () => {
  it("hold, over a restart if they are to be kept, until they are ended", async () => {
    const directory = scratchDirectory();
    const first = start(directory);
    await first.reaches(16_384);
    expect(first.order("freeze", "--persist")).toEqual([
      0,
      "the balloon is frozen at 64MiB (it has 64MiB, the host asks for 64MiB); this holds over restarts\n",
    ]);
    // The host asks for more, is asked on, and gets nothing.
    await first.daemon.until(() => first.daemon.host()?.target === 32_768, "another target");
    const before = first.daemon.cycles().length;
    await first.daemon.until(() => first.daemon.cycles().length > before + 2, "further cycles");
    expect(first.daemon.host()).toMatchObject({ locked: 16_384, target: 32_768, violations: 0 });
    const status = JSON.parse(await askDaemon(first.socket, "/status"));
    expect(status.control).toMatchObject({ inForce: "freeze", hostTargetPages: 32_768, targetPages: 16_384 });
    const metrics = await askDaemon(first.socket, "/metrics");
    for (const line of [
      "balloon_target_bytes 134217728",
      "balloon_effective_target_bytes 67108864",
      'balloon_control{mode="freeze"} 1',
      'balloon_control{mode="follow"} 0',
    ]) {
      expect(metrics.split("\n")).toContain(line);
    }
    expect(await askDaemon(first.socket, "/health")).toBe(
      "ok: by an operator's order the balloon is frozen at 64MiB\n",
    );
    expect(first.order("drain")[0]).toBe(0);
    await first.reaches(0);
    expect((await first.daemon.stop()).status).toBe(0);

    const second = start(directory);
    await second.reaches(16_384);
    expect(second.daemon.log).toContain("by an order that was kept over the restart the balloon is frozen at 64MiB");
    expect(second.order("limit", "96MiB")[0]).toBe(0);
    expect(second.order("thaw")).toEqual([0, expect.stringMatching(/^the balloon is limited to 96MiB /)]);
    await second.reaches(24_576);
    expect(second.order("limit", "none")[0]).toBe(0);
    await second.reaches(32_768);
    expect(readdirSync(join(directory, "kept"))).toEqual([]);
    expect((await second.daemon.stop()).status).toBe(0);
    expect(second.daemon.host()?.violations).toBe(0);
  });

  it("are in force within a second, also in the middle of an inflation", async () => {
    const { daemon, order, size } = start(scratchDirectory(), [], ["target 0 1000000"]);
    await daemon.until(() => size() > 0, "an inflation");
    const cycle = daemon.cycles().length;
    expect(order("freeze")[0]).toBe(0);
    // The cycle under way, the one of the order, and from then on none that moves a page.
    await daemon.until(() => daemon.cycles().length >= cycle + 5, "further cycles");
    const sizes = daemon.cycles().map((row) => row.size);
    expect(new Set(sizes.slice(-2)).size).toBe(1);
  });

  it("that wait for a silent host are accepted, and the command fails and says so", async () => {
    const script = ["target 0 16384", "rule get-target 3000000 - - 1 1 -1"];
    const { daemon, socket, reaches, order, size } = start(scratchDirectory(), [], script);
    await reaches(16_384);
    await daemon.until(() => daemon.log.includes("GET_TARGET"), "a failed GET_TARGET");
    const [status, said] = order("drain");
    expect([status, said]).toEqual([
      1,
      `balloon-hw: ${socket}: accepted, not in force yet: the host does not answer GET_TARGET (status 4294967295, FAILURE); from the next answer on the balloon is drained (it has 64MiB, the host asked for 64MiB)\n`,
    ]);
    expect(size()).toBe(16_384);
    expect(order("freeze")[0]).toBe(0);
  });

  it("that can't be kept are in force, and the command fails with the reason", async () => {
    const directory = scratchDirectory();
    const { reaches, order } = start(directory, [], ["target 0 16384"]);
    await reaches(16_384);
    writeFileSync(join(directory, "kept"), "");
    const [status, said] = order("drain", "--persist");
    expect(status).toBe(1);
    expect(said).toMatch(
      /^balloon-hw: [^\n]*the order is in force, but a restart will not keep it: [^\n]*orders\.json: [^\n]*\n$/,
    );
    await reaches(0);
  });

  it("that were kept in a file of another kind end the start with one line", () => {
    const directory = scratchDirectory();
    writeFileSync(join(directory, "orders.json"), "frozen!", { mode: 0o600 });
    const { status, stderr } = balloonHw(["emulate", "--for", "1", "--state", directory]);
    expect([status, stderr.trim().split("\n").at(-1)]).toEqual([
      2,
      expect.stringMatching(/^balloon-hw: .*orders\.json: holds no orders that balloon-hw has written: .*remove it/),
    ]);
  });

  it("find no daemon where none runs", () => {
    const socket = join(scratchDirectory(), "none.sock");
    const { status, stderr } = balloonHw(["drain", "--socket", socket]);
    expect([status, stderr, existsSync(socket)]).toEqual([25, `balloon-hw: ${socket}: no daemon runs there\n`, false]);
  });
});

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT_REASONS } from "../../src/hw/exit-codes.ts";
import { ROOT, scratchDirectory } from "../support/processes/command.ts";

const SCRIPT = join(ROOT, "packaging/takeover.sh");
const BLOCK = "run/modprobe.d/balloon-hw.conf";

/** What a machine is like before a takeover. */
interface Machine {
  /** Whether the kernel's driver is loaded. */
  readonly loaded: boolean;
  /** Exit status of `balloon-hw check --beside-kernel-driver`. */
  readonly beside?: number;
  /** Exit status of `balloon-hw check --host`. */
  readonly host?: number;
  /** Whether the kernel's driver refuses to be unloaded. */
  readonly stuck?: boolean;
  /** State of the service manager. */
  readonly state?: string;
  /** Whether the administrator forbids the driver in a file of modprobe's. */
  readonly forbidden?: boolean;
  /** The driver's statistics; null: they can't be read. */
  readonly statistics?: string | null;
}

/** Statistics as of Linux 5.0 and later: the used capabilities, and the pages in the balloon. */
const statisticsOf = (used: string, pages: number) =>
  [
    "balloon capabilities  :             0x3e",
    `used capabilities     :${used.padStart(17)}`,
    "is resetting          :                n",
    "target                :            40000",
    `current               :${String(pages).padStart(17)}`,
    "",
  ].join("\n");

/** A root directory whose commands act on its files, and record that they were called. */
function machine(options: Machine) {
  const { loaded, beside = 0, host = 0, stuck = false, state = "running" } = options;
  const { statistics = statisticsOf("0x6", 40000), forbidden = false } = options;
  const root = scratchDirectory();
  const bin = join(root, "bin");
  mkdirSync(bin);
  const module = join(root, "sys/module/vmw_balloon");
  if (loaded) {
    mkdirSync(module, { recursive: true });
    writeFileSync(join(module, "initstate"), "live\n");
  }
  if (statistics !== null) {
    mkdirSync(join(root, "sys/kernel/debug"), { recursive: true });
    writeFileSync(join(root, "sys/kernel/debug/vmmemctl"), statistics);
  }
  const fake = (name: string, lines: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} "$@" >>${root}/calls\n${lines}\n`, { mode: 0o755 });
  const unload = stuck ? "exit 1" : `rm -r ${module}`;
  const load = `mkdir -p ${module}; echo live >${module}/initstate`;
  const depends = "insmod /lib/modules/vmw_balloon.ko";
  fake(
    "modprobe",
    `case "$*" in -r*) ${unload};; *--show-depends*) echo ${forbidden ? "" : depends};; *) ${load};; esac`,
  );
  fake("udevadm", "");
  fake("systemctl", `echo ${state}`);
  // As the command, it refuses to ask the host beside the kernel's driver.
  const asked = `[ ! -e ${module}/initstate ] || exit 2; [ -e ${root}/${BLOCK} ] || exit 99; exit ${host}`;
  fake("balloon-hw", `case "$*" in *--host*) ${asked};; *) exit ${beside};; esac`);
  const env = { PATH: `${bin}:/usr/bin:/bin`, DESTDIR: root };
  return {
    root,
    bin,
    env,
    run: (what: string) => {
      const { status, stderr } = spawnSync("sh", [SCRIPT, what], { env, encoding: "utf8" });
      return { status, stderr };
    },
    calls: () =>
      (existsSync(`${root}/calls`) ? readFileSync(`${root}/calls`, "utf8") : "")
        .split("\n")
        .filter((call) => /^(modprobe|balloon-hw)/.test(call)),
    isLoaded: () => existsSync(join(module, "initstate")),
    isBlocked: () => existsSync(join(root, BLOCK)),
  };
}

describe("the takeover from the kernel's driver", () => {
  test("unloads and blocks the driver after both checks, and the release loads it again", () => {
    const at = machine({ loaded: true });
    expect(at.run("take").status).toBe(0);
    expect(at.calls()).toEqual([
      "balloon-hw check --config /etc/balloon-hw.json --beside-kernel-driver",
      "modprobe -r vmw_balloon",
      "balloon-hw check --config /etc/balloon-hw.json --host",
    ]);
    expect([at.isLoaded(), at.isBlocked()]).toEqual([false, true]);
    expect(readFileSync(join(at.root, BLOCK), "utf8")).toMatch(/^blacklist vmw_balloon$/m);
    const { status, stderr } = at.run("release");
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: "takeover: the kernel's driver vmw_balloon is loaded again\n",
    });
    expect([at.isLoaded(), at.isBlocked()]).toEqual([true, false]);
  });

  // Not VMware, kernel locked down, io_uring disabled, no host behind the port, bad settings.
  test.each([
    EXIT_REASONS.NOT_VMWARE.exitCode,
    EXIT_REASONS.LOCKDOWN.exitCode,
    EXIT_REASONS.IO_URING_DISABLED.exitCode,
    EXIT_REASONS.NO_BACKDOOR.exitCode,
    2,
  ])("leaves the driver at work if the check beside it fails with exit status %i", (code) => {
    const at = machine({ loaded: true, beside: code });
    const { status, stderr } = at.run("take");
    expect(status).toBe(code);
    expect(stderr).toBe(
      `takeover: "balloon-hw check" failed with exit status ${code}: the kernel's driver vmw_balloon stays loaded\n`,
    );
    expect(at.calls().some((call) => call.startsWith("modprobe"))).toBe(false);
    expect([at.isLoaded(), at.isBlocked()]).toEqual([true, false]);
  });

  test.each([1, 2, EXIT_REASONS.ALREADY_RUNNING.exitCode])(
    "loads the driver again if the host does not accept START (exit status %i)",
    (code) => {
      const at = machine({ loaded: true, host: code });
      const { status, stderr } = at.run("take");
      expect(status).toBe(code);
      expect(stderr).toContain(
        `"balloon-hw check --host" failed with exit status ${code}: balloon-hw does not take over`,
      );
      expect(stderr).toContain("vmw_balloon is loaded again");
      expect([at.isLoaded(), at.isBlocked()]).toEqual([true, false]);
    },
  );

  test("blocks nothing if the driver can't be unloaded, or is built in", () => {
    const stuck = machine({ loaded: true, stuck: true });
    expect(stuck.run("take").status).toBe(EXIT_REASONS.KERNEL_DRIVER.exitCode);
    expect([stuck.isLoaded(), stuck.isBlocked()]).toEqual([true, false]);
    const builtIn = machine({ loaded: false });
    mkdirSync(join(builtIn.root, "sys/module/vmw_balloon/parameters"), { recursive: true });
    const { status, stderr } = builtIn.run("take");
    expect(status).toBe(EXIT_REASONS.KERNEL_DRIVER.exitCode);
    expect(stderr).toContain("boot with initcall_blacklist=vmballoon_init");
    expect([builtIn.calls().filter(Boolean), builtIn.isBlocked()]).toEqual([[], false]);
  });

  test("that is ended while it asks the host loads the driver again", async () => {
    const at = machine({ loaded: true });
    const asked = join(at.root, "asked");
    const wait = `case "$*" in *--host*) echo >${asked}; while [ ! -e ${at.root}/answer ]; do sleep 0.05; done;; esac`;
    writeFileSync(join(at.bin, "balloon-hw"), `#!/bin/sh\n${wait}\n`, { mode: 0o755 });
    const child = spawn("sh", [SCRIPT, "take"], { env: at.env, stdio: "ignore" });
    const ended = new Promise((resolve) => child.once("close", resolve));
    await expect.poll(() => existsSync(asked), { timeout: 50_000 }).toBe(true);
    expect([at.isLoaded(), at.isBlocked()]).toEqual([false, true]);
    child.kill("SIGTERM");
    writeFileSync(join(at.root, "answer"), "");
    expect(await ended).toBe(143);
    expect([at.isLoaded(), at.isBlocked()]).toEqual([true, false]);
  });

  test("is done once: a restarted daemon finds the driver blocked, and the host is not asked again", () => {
    const at = machine({ loaded: true });
    at.run("take");
    const before = at.calls().length;
    expect(at.run("take")).toEqual({ status: 0, stderr: "" });
    expect(at.calls()).toHaveLength(before);
    at.run("release");
    expect(at.isLoaded()).toBe(true);
  });

  test("on a machine without the driver loads none afterwards", () => {
    const at = machine({ loaded: false });
    expect(at.run("take").status).toBe(0);
    expect(at.isBlocked()).toBe(true);
    expect(at.run("release")).toEqual({ status: 0, stderr: "" });
    expect([at.isLoaded(), at.isBlocked()]).toEqual([false, false]);
  });

  test("loads no driver into a machine that shuts down", () => {
    const at = machine({ loaded: true, state: "stopping" });
    at.run("take");
    expect(at.run("release")).toEqual({ status: 0, stderr: "" });
    expect(at.isLoaded()).toBe(false);
  });

  test("replaces a permanent block of an earlier version, and knows that the driver was loaded before that", () => {
    const old = (at: ReturnType<typeof machine>, ...lines: string[]) => {
      mkdirSync(join(at.root, "etc/modprobe.d"), { recursive: true });
      const path = join(at.root, "etc/modprobe.d/balloon-hw.conf");
      writeFileSync(path, [...lines, "blacklist vmw_balloon", ""].join("\n"));
      return path;
    };
    const mark = "# vmw_balloon was loaded when this was written: it is loaded again when this is removed.";
    const first = "# The balloon of this machine is balloon-hw.";
    const at = machine({ loaded: false });
    const path = old(at, first, mark);
    expect(at.run("take").status).toBe(0);
    expect([existsSync(path), at.isBlocked()]).toEqual([false, true]);
    at.run("release");
    expect(at.isLoaded()).toBe(true);
    // Without a takeover in between, and a file with other lines.
    const left = machine({ loaded: false });
    const leftPath = old(left, first, mark);
    left.run("release");
    expect([existsSync(leftPath), left.isLoaded()]).toEqual([false, true]);
    const foreign = machine({ loaded: false });
    const foreignPath = old(foreign, "# ours");
    foreign.run("release");
    expect([existsSync(foreignPath), foreign.isLoaded()]).toEqual([true, false]);
  });

  test("says that the machine has no balloon if the driver can't be loaded again", () => {
    const at = machine({ loaded: true });
    at.run("take");
    writeFileSync(join(at.bin, "modprobe"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const { status, stderr } = at.run("release");
    expect(status).toBe(1);
    expect(stderr).toContain('this machine has no balloon: run "modprobe vmw_balloon"');
    expect(at.isBlocked()).toBe(false);
  });

  // Linux from 5.0 on never ends unloading the driver while it has pages of 2 MiB, and their number is not among its statistics.
  test.each([
    ["pages, with those of 2 MiB in use", statisticsOf("0xe", 512), "512 pages"],
    ["statistics that can't be read", null, "an unknown number of pages"],
  ])("does not unload a driver that has %s", (_, statistics, says) => {
    const at = machine({ loaded: true, statistics });
    const { status, stderr } = at.run("take");
    expect(status).toBe(EXIT_REASONS.KERNEL_DRIVER.exitCode);
    expect(stderr).toContain(`vmw_balloon has ${says}`);
    expect(stderr).toContain("balloon-hw takes over when the machine starts the next time");
    expect(at.calls().some((call) => call.startsWith("modprobe"))).toBe(false);
    expect([at.isLoaded(), at.isBlocked()]).toEqual([true, false]);
  });

  test.each([
    ["no pages", statisticsOf("0xe", 0)],
    ["pages, in batches without pages of 2 MiB", statisticsOf("0x6", 40000)],
    ["pages, before Linux 5.0", "target:             40000 pages\ncurrent:            40000 pages\n"],
  ])("unloads a driver that has %s", (_, statistics) => {
    const at = machine({ loaded: true, statistics });
    expect(at.run("take").status).toBe(0);
    expect(at.isLoaded()).toBe(false);
  });

  test("at boot keeps the driver from loading, asks the host later, and loads the driver if it does not answer", () => {
    const good = machine({ loaded: false });
    expect(good.run("early")).toEqual({ status: 0, stderr: "" });
    expect([good.isBlocked(), good.isLoaded()]).toEqual([true, false]);
    expect(good.run("take").status).toBe(0);
    expect(good.calls().slice(1)).toEqual(["balloon-hw check --config /etc/balloon-hw.json --host"]);
    const before = good.calls().length;
    good.run("take");
    expect(good.calls()).toHaveLength(before);
    good.run("release");
    expect(good.isLoaded()).toBe(true);
    const bad = machine({ loaded: false, host: EXIT_REASONS.NO_BACKDOOR.exitCode });
    bad.run("early");
    expect(bad.run("take").status).toBe(EXIT_REASONS.NO_BACKDOOR.exitCode);
    expect([bad.isLoaded(), bad.isBlocked()]).toEqual([true, false]);
  });

  test("at boot does not change what the administrator has forbidden", () => {
    const at = machine({ loaded: false, forbidden: true });
    at.run("early");
    expect(at.isBlocked()).toBe(false);
    at.run("take");
    at.run("release");
    expect(at.isLoaded()).toBe(false);
  });

  test("at boot leaves a driver alone that is loaded already, or built in", () => {
    const loaded = machine({ loaded: true });
    loaded.run("early");
    expect([loaded.isLoaded(), loaded.isBlocked()]).toEqual([true, false]);
    const builtIn = machine({ loaded: false });
    mkdirSync(join(builtIn.root, "sys/module/vmw_balloon/parameters"), { recursive: true });
    builtIn.run("early");
    expect(builtIn.isBlocked()).toBe(false);
  });

  test("has three commands", () => {
    const { status, stderr } = machine({ loaded: false }).run("");
    expect({ status, stderr }).toEqual({ status: 2, stderr: "usage: sh takeover.sh take | early | release\n" });
  });
});

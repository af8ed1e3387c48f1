import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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
  /** Whether the driver's file is missing. */
  readonly fileless?: boolean;
  /** Properties of units as the service manager has them: `balloon-hw.service MemoryMax`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Whether the unload of the driver has begun, and has not ended. */
  readonly going?: boolean;
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
  const { statistics = statisticsOf("0x6", 40000), forbidden = false, fileless = false } = options;
  const root = scratchDirectory();
  const bin = join(root, "bin");
  mkdirSync(bin);
  const module = join(root, "sys/module/vmw_balloon");
  if (loaded) {
    mkdirSync(module, { recursive: true });
    writeFileSync(join(module, "initstate"), options.going ? "going\n" : "live\n");
  }
  mkdirSync(join(root, "proc"));
  symlinkSync("/proc/locks", join(root, "proc/locks"));
  if (statistics !== null) {
    mkdirSync(join(root, "sys/kernel/debug"), { recursive: true });
    writeFileSync(join(root, "sys/kernel/debug/vmmemctl"), statistics);
  }
  const fake = (name: string, lines: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\necho ${name} "$@" >>${root}/calls\n${lines}\n`, { mode: 0o755 });
  const unload = stuck ? "exit 1" : `rm -r ${module}`;
  // As modprobe: a module that is being unloaded counts as loaded.
  const load = `mkdir -p ${module} && [ -e ${module}/initstate ] || echo live >${module}/initstate`;
  const depends = "insmod /lib/modules/vmw_balloon.ko";
  fake("modprobe", `case "$*" in *--show-depends*) echo ${forbidden ? "" : depends};; *) ${load};; esac`);
  fake("rmmod", unload);
  fake("modinfo", fileless ? "exit 1" : "echo GPL");
  fake("sleep", "");
  fake("udevadm", "");
  const properties = Object.entries(options.properties ?? {}).map(([name, value]) => {
    const [unit, property] = name.split(" ");
    return `"show ${unit} --property=${property} --value") echo "${value}";;`;
  });
  fake("systemctl", `case "$*" in is-system-running) echo ${state};;\n${properties.join("\n")}\nesac`);
  // As the command, it refuses to ask the host beside the kernel's driver.
  const asked = `[ ! -e ${module}/initstate ] || exit 2; [ -e ${root}/${BLOCK} ] || exit 99; exit ${host}`;
  const limits = `echo "limits $(ulimit -S -l) $(ulimit -H -l) $(ulimit -H -v) $(ulimit -S -n)" >>${root}/calls`;
  fake("balloon-hw", `${limits}\ncase "$*" in *--host*) ${asked};; *) exit ${beside};; esac`);
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
        .filter((call) => /^(modprobe|rmmod|balloon-hw)/.test(call)),
    /** Limits of the checks, as `ulimit` has them: locked memory (soft, hard), address space, files. */
    limits: () => readFileSync(`${root}/calls`, "utf8").match(/(?<=^limits ).*$/gm) ?? [],
    waitedS: () => readFileSync(`${root}/calls`, "utf8").match(/^sleep 1$/gm)?.length ?? 0,
    module,
    isLoaded: () => existsSync(join(module, "initstate")),
    isBlocked: () =>
      existsSync(join(root, BLOCK)) &&
      /^(blacklist|install) vmw_balloon\b/m.test(readFileSync(join(root, BLOCK), "utf8")),
    isOwed: () =>
      existsSync(join(root, BLOCK)) && /^# vmw_balloon was loaded/m.test(readFileSync(join(root, BLOCK), "utf8")),
  };
}

describe("the takeover from the kernel's driver", () => {
  test("unloads and blocks the driver after both checks, and the release loads it again", () => {
    const at = machine({ loaded: true });
    expect(at.run("take").status).toBe(0);
    expect(at.calls()).toEqual([
      "balloon-hw check --config /etc/balloon-hw.json --beside-kernel-driver",
      "rmmod vmw_balloon",
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
    expect(at.calls().some((call) => /^(modprobe|rmmod)/.test(call))).toBe(false);
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

  test("says that the machine has no balloon if the driver can't be loaded again, and tries again at the next release", () => {
    const at = machine({ loaded: true });
    at.run("take");
    const modprobe = readFileSync(join(at.bin, "modprobe"), "utf8");
    writeFileSync(join(at.bin, "modprobe"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const { status, stderr } = at.run("release");
    expect(status).toBe(3);
    expect(stderr).toContain('this machine has no balloon: run "modprobe vmw_balloon"');
    // The driver may be loaded by hand, too.
    expect([at.isBlocked(), at.isOwed()]).toEqual([false, true]);
    expect(at.run("release").status).toBe(3);
    writeFileSync(join(at.bin, "modprobe"), modprobe);
    expect(at.run("release")).toEqual({
      status: 0,
      stderr: "takeover: the kernel's driver vmw_balloon is loaded again\n",
    });
    expect([at.isLoaded(), existsSync(join(at.root, BLOCK))]).toEqual([true, false]);
  });

  test("after a failed release asks the host again, and still owes the driver", () => {
    const at = machine({ loaded: true });
    at.run("take");
    const modprobe = readFileSync(join(at.bin, "modprobe"), "utf8");
    writeFileSync(join(at.bin, "modprobe"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    at.run("release");
    writeFileSync(join(at.bin, "modprobe"), modprobe);
    const before = at.calls().length;
    expect(at.run("take").status).toBe(0);
    expect(at.calls().slice(before)).toEqual(["balloon-hw check --config /etc/balloon-hw.json --host"]);
    expect([at.isBlocked(), at.isOwed()]).toEqual([true, true]);
  });

  test("loads no driver beside a daemon that is active", async () => {
    const at = machine({ loaded: true });
    at.run("take");
    mkdirSync(join(at.root, "run/balloon-hw"), { recursive: true });
    const lock = join(at.root, "run/balloon-hw/lock");
    const daemon = spawn("flock", [lock, "cat"], { stdio: ["pipe", "pipe", "ignore"] });
    daemon.stdin.write("locked");
    await new Promise((resolve) => daemon.stdout.once("data", resolve));
    const ended = new Promise((resolve) => daemon.once("close", resolve));
    const { status, stderr } = at.run("release");
    daemon.stdin.end();
    await ended;
    expect(status).toBe(1);
    expect(stderr).toBe(
      `takeover: balloon-hw is still active (process ${daemon.pid}): vmw_balloon is not loaded beside it: end it, and release again\n`,
    );
    expect([at.isLoaded(), at.isBlocked(), at.isOwed()]).toEqual([false, true, true]);
    // The file of the lock stays.
    expect(at.run("release").status).toBe(0);
    expect(at.isLoaded()).toBe(true);
  });

  test("does not unload a driver that could not be loaded again", () => {
    const at = machine({ loaded: true, fileless: true });
    const { status, stderr } = at.run("take");
    expect(status).toBe(EXIT_REASONS.KERNEL_DRIVER.exitCode);
    expect(stderr).toContain("could not be loaded again (was the package of this kernel removed?): it stays loaded\n");
    expect(at.calls().some((call) => /^(modprobe|rmmod)/.test(call))).toBe(false);
    expect([at.isLoaded(), at.isBlocked()]).toEqual([true, false]);
  });

  test("waits for an unload that has begun before it loads the driver", () => {
    const at = machine({ loaded: true, going: true });
    mkdirSync(join(at.root, "run/modprobe.d"), { recursive: true });
    writeFileSync(
      join(at.root, BLOCK),
      `# vmw_balloon was loaded when this was written: it is loaded again when this is removed.\n`,
    );
    const { status, stderr } = at.run("release");
    expect(status).toBe(3);
    expect(stderr).toContain("can't be loaded: this machine has no balloon");
    expect([at.waitedS(), at.isOwed()]).toEqual([60, true]);
    writeFileSync(join(at.bin, "sleep"), `#!/bin/sh\nrm -r ${at.module}\n`, { mode: 0o755 });
    expect(at.run("release").status).toBe(0);
    expect([readFileSync(join(at.module, "initstate"), "utf8"), at.isOwed()]).toEqual(["live\n", false]);
  });

  test("does not begin while an unload does not end", () => {
    const at = machine({ loaded: true, going: true });
    const { status, stderr } = at.run("take");
    expect(status).toBe(EXIT_REASONS.KERNEL_DRIVER.exitCode);
    expect(stderr).toContain("is being unloaded, which does not end: restart the machine");
    expect([at.calls().filter(Boolean), at.isBlocked()]).toEqual([[], false]);
  });

  test("does not count a host as asked that was not", () => {
    const at = machine({ loaded: true });
    // Ended without a chance to undo anything.
    writeFileSync(join(at.bin, "rmmod"), "#!/bin/sh\nkill -9 $PPID\n", { mode: 0o755 });
    expect(at.run("take").status).toBe(null);
    expect([at.isBlocked(), at.isOwed()]).toEqual([true, true]);
    rmSync(at.module, { recursive: true });
    const before = at.calls().length;
    at.run("take");
    expect(at.calls().slice(before)).toEqual(["balloon-hw check --config /etc/balloon-hw.json --host"]);
  });

  test("looks at the driver's pages after everything else that comes before the unload", () => {
    const at = machine({ loaded: true, statistics: statisticsOf("0xe", 0) });
    const full = statisticsOf("0xe", 512).replaceAll("\n", "\\n");
    // The driver inflates while the block is put in place.
    writeFileSync(
      join(at.bin, "mv"),
      `#!/bin/sh\nprintf '${full}' >${at.root}/sys/kernel/debug/vmmemctl\nexec /bin/mv "$@"\n`,
      { mode: 0o755 },
    );
    expect(at.run("take").status).toBe(EXIT_REASONS.KERNEL_DRIVER.exitCode);
    expect([at.isLoaded(), at.isBlocked()]).toEqual([true, false]);
  });

  // modprobe itself reads the block; "blacklist" alone does not forbid a module by its name.
  test.skipIf(spawnSync("modprobe", ["--version"]).error !== undefined)("forbids the driver by its name, too", () => {
    const at = machine({ loaded: true });
    at.run("take");
    const kernel = join(at.root, "lib/modules/none");
    mkdirSync(kernel, { recursive: true });
    writeFileSync(join(kernel, "modules.dep"), "vmw_balloon.ko:\n");
    writeFileSync(join(kernel, "vmw_balloon.ko"), "");
    const args = ["-C", join(at.root, "run/modprobe.d"), "-d", at.root, "-S", "none", "vmw_balloon"];
    const { status, stderr } = spawnSync("modprobe", args, { encoding: "utf8" });
    expect(status).not.toBe(0);
    expect(stderr).toContain(
      "vmw_balloon: balloon-hw is the balloon of this machine: balloon-hw retire gives it back\n",
    );
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
    expect(at.calls().some((call) => /^(modprobe|rmmod)/.test(call))).toBe(false);
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

  describe("checks under what the daemon's unit has, drop-ins included", () => {
    const UNIT = "balloon-hw.service";
    const SLICES = { [`${UNIT} Slice`]: "vm-small.slice", "system.slice MemoryMax": "1024" };

    test.each<[what: string, properties: Record<string, string>]>([
      ["MemoryMax=2147483648 of balloon-hw.service", { [`${UNIT} MemoryMax`]: "2147483648" }],
      ["MemoryHigh=4096 of balloon-hw.service", { [`${UNIT} MemoryMax`]: "infinity", [`${UNIT} MemoryHigh`]: "4096" }],
      ["MemoryMax=4096 of vm-small.slice", { ...SLICES, "vm-small.slice MemoryMax": "4096" }],
      ["MemoryHigh=4096 of vm.slice", { ...SLICES, "vm.slice MemoryHigh": "4096" }],
    ])("%s: exit code 22, and the driver stays at work", (what, properties) => {
      const at = machine({ loaded: true, properties });
      const { status, stderr } = at.run("take");
      expect(status).toBe(EXIT_REASONS.MEMORY_LIMIT.exitCode);
      expect(stderr.split("\n")[0]).toBe(
        `takeover: ${what}: the balloon counts as the daemon's memory, and would end there: remove the limit (systemctl edit balloon-hw.service)`,
      );
      expect(stderr).toContain("stays loaded");
      expect([at.calls(), at.isLoaded(), at.isBlocked()]).toEqual([[], true, false]);
    });

    test("no memory limit: it takes over", () => {
      const properties = { ...SLICES, [`${UNIT} MemoryMax`]: "infinity", [`${UNIT} MemoryHigh`]: "infinity" };
      expect(machine({ loaded: true, properties }).run("take")).toMatchObject({ status: 0 });
    });

    test("limits of locked memory, address space and files", () => {
      const at = machine({
        loaded: true,
        properties: {
          [`${UNIT} LimitMEMLOCK`]: "65536",
          [`${UNIT} LimitMEMLOCKSoft`]: "8192",
          [`${UNIT} LimitAS`]: "8589934592",
          [`${UNIT} LimitASSoft`]: "8589934592",
          [`${UNIT} LimitNOFILE`]: "64",
          [`${UNIT} LimitNOFILESoft`]: "32",
        },
      });
      expect(at.run("take").status).toBe(0);
      // Beside the driver, and the host's.
      expect(at.limits()).toEqual(Array(2).fill("8 64 8388608 32"));
    });

    /** A `setpriv` that records its arguments and changes nothing. */
    const fakeSetpriv = (at: ReturnType<typeof machine>) => {
      const lines = `echo "$*" | sed 's/ -- .*//' >>${at.root}/rights\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"`;
      writeFileSync(join(at.bin, "setpriv"), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
      return () => [...new Set(readFileSync(join(at.root, "rights"), "utf8").trim().split("\n"))];
    };

    test("capabilities, and a user of its own with ambient ones", () => {
      const bounding = { [`${UNIT} CapabilityBoundingSet`]: "cap_sys_admin cap_sys_rawio" };
      const root = machine({ loaded: true, properties: bounding });
      const ofRoot = fakeSetpriv(root);
      expect(root.run("take").status).toBe(0);
      expect(ofRoot()).toEqual(["--bounding-set=-all,+sys_admin,+sys_rawio"]);
      const properties = {
        ...bounding,
        [`${UNIT} User`]: "balloon",
        [`${UNIT} Group`]: "users",
        [`${UNIT} AmbientCapabilities`]: "cap_sys_rawio",
      };
      const own = machine({ loaded: true, properties });
      const ofUser = fakeSetpriv(own);
      expect(own.run("take").status).toBe(0);
      expect(ofUser()).toEqual([
        "--reuid=balloon --regid=users --init-groups --inh-caps=-all,+sys_rawio --ambient-caps=-all,+sys_rawio --bounding-set=-all,+sys_admin,+sys_rawio",
      ]);
    });

    /** As on a machine, all users may go through the directories above a machine's files. */
    const letThrough = (at: ReturnType<typeof machine>) => {
      for (let path = at.root; path !== tmpdir() && path !== "/"; path = dirname(path)) chmodSync(path, 0o755);
      writeFileSync(join(at.root, "calls"), "");
      chmodSync(join(at.root, "calls"), 0o666);
    };

    const canSetRights =
      process.geteuid?.() === 0 && spawnSync("setpriv", ["--bounding-set=-all,+sys_admin", "--", "true"]).status === 0;
    test.skipIf(!canSetRights)("a user of its own can take the daemon's lock, and root can afterwards", () => {
      const properties = { [`${UNIT} CapabilityBoundingSet`]: "cap_sys_admin", [`${UNIT} User`]: "daemon" };
      const at = machine({ loaded: true, properties });
      const directory = join(at.root, "run/balloon-hw");
      const replaceIn = (command: string, what: string, by: string) => {
        const path = join(at.bin, command);
        writeFileSync(path, readFileSync(path, "utf8").replace(what, by));
      };
      const lock = `(umask 077; : >>${directory}/lock) || exit 1`;
      replaceIn("balloon-hw", "\n", `\ncase "$*" in *--host*) ${lock};; esac\n`);
      letThrough(at);
      const owners = () => [directory, join(directory, "lock")].map((path) => statSync(path).uid);
      expect(at.run("take")).toMatchObject({ status: 0 });
      expect(new Set(owners())).toEqual(new Set([statSync(directory).uid]));
      expect(owners()[0]).not.toBe(0);
      // The administrator removes the setting: root without the capability that overrides permissions.
      expect(at.run("release").status).toBe(0);
      replaceIn("systemctl", '"daemon"', '""');
      expect(at.run("take")).toMatchObject({ status: 0 });
      expect(owners()).toEqual([0, 0]);
    });

    const isRoot = process.geteuid?.() === 0;
    test.skipIf(!isRoot)("the lock changes its owner only in a directory of root's", () => {
      const at = machine({ loaded: true, properties: { [`${UNIT} User`]: "daemon" } });
      letThrough(at);
      const directory = join(at.root, "run/balloon-hw");
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "lock"), "");
      chownSync(directory, 65534, 65534);
      chmodSync(directory, 0o777);
      const changes = join(at.root, "changes");
      const lines = `echo "$3 $(stat -c '%u %a' ${directory})" >>${changes}\nPATH=/usr/bin:/bin exec chown "$@"`;
      writeFileSync(join(at.bin, "chown"), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
      at.run("take");
      const [before, ...after] = readFileSync(changes, "utf8").trim().split("\n");
      expect(before).toBe(`${directory} 65534 777`);
      expect(after).toEqual([`${directory}/lock 0 755`, `${directory} 0 755`]);
      expect(statSync(directory).uid).not.toBe(0);
    });

    test.skipIf(!isRoot).each(["another name of a file", "a symbolic link", "a file with text"])(
      "%s in the place of the lock keeps its owner",
      (what) => {
        const at = machine({ loaded: true, properties: { [`${UNIT} User`]: "daemon" } });
        letThrough(at);
        const lock = join(at.root, "run/balloon-hw/lock");
        mkdirSync(dirname(lock), { recursive: true });
        const file = join(at.root, "run/secret");
        writeFileSync(file, what === "a file with text" ? "text" : "");
        if (what === "a symbolic link") symlinkSync(file, lock);
        else linkSync(file, lock);
        if (what === "a file with text") rmSync(file);
        const { stderr } = at.run("take");
        expect(stderr).toContain(
          `takeover: ${lock} is not an empty file with a single name: its owner stays as it is: remove it\n`,
        );
        expect(lstatSync(lock).uid).toBe(0);
        expect(statSync(lock).uid).toBe(0);
      },
    );

    test.skipIf(!canSetRights)(
      "the rights are those of the unit in fact, and a setpriv that does not know them is no obstacle",
      () => {
        const withBounding = (set: string) => {
          const at = machine({ loaded: true, properties: { [`${UNIT} CapabilityBoundingSet`]: set } });
          const script = readFileSync(join(at.bin, "balloon-hw"), "utf8");
          writeFileSync(
            join(at.bin, "balloon-hw"),
            script.replace("\n", `\ngrep CapBnd /proc/self/status >>${at.root}/bounding\n`),
          );
          expect(at.run("take").status).toBe(0);
          return Number.parseInt(
            /CapBnd:\s+(\w+)/.exec(readFileSync(join(at.root, "bounding"), "utf8"))?.[1] ?? "",
            16,
          );
        };
        expect(withBounding("cap_sys_admin")).toBe(2 ** 21);
        expect(withBounding("cap_of_the_future")).toBeGreaterThan(2 ** 21);
      },
    );
  });

  test("has three commands", () => {
    const { status, stderr } = machine({ loaded: false }).run("");
    expect({ status, stderr }).toEqual({ status: 2, stderr: "usage: sh takeover.sh take | early | release\n" });
  });
});

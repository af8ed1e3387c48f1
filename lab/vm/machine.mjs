/**
 * A Debian VM of the VM lab (debian-image.sh) that a program controls: commands inside it, QEMU's monitor, signals to QEMU itself.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

/** An emulated processor boots systemd in less, even on a busy machine. */
const BOOT_SECONDS = 300;
const COMMAND_SECONDS = 120;
/** Time that systemd has to stop all services. */
const POWER_OFF_SECONDS = 120;
/** The emulated VMware host among QEMU's devices. */
const HOST = "/machine/peripheral/host";

/** Connects to a socket of QEMU, which exists some time after its start. */
async function connect(path, child) {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error("QEMU has ended");
    const socket = createConnection(path);
    try {
      await once(socket, "connect");
      return socket;
    } catch {
      await sleep(100);
    }
  }
  throw new Error(`QEMU does not open ${path}`);
}

export class Machine {
  #directory;
  #child;
  #console;
  #agent;
  #monitor;
  #number = 0;
  /** Commands in flight, by number. @type {Map<number, (answer: { status: number, output: string }) => void>} */
  #waiting = new Map();
  #replies = [];
  #hasSwap = false;
  #whenUp = deferred();
  #atExit = () => this.kill();

  /**
   * Starts a VM and waits until it answers.
   *
   * @param {object} options
   * @param {string} options.lab directory of build.sh
   * @param {string} options.root image of debian-image.sh, which stays unchanged
   * @param {string} options.console file for what the VM's console and QEMU print
   * @param {number} [options.memoryMiB]
   * @param {number} [options.swapMiB] 0: none
   * @param {number} [options.cpus]
   * @param {string} [options.device] properties of the emulated VMware host, such as deaf=on (vmware_balloon.c)
   * @param {string} [options.kernelArguments]
   */
  static async start(options) {
    const machine = new Machine();
    // Whatever ends the program ends the VM, too.
    process.once("exit", machine.#atExit);
    try {
      await machine.#boot(options);
      return machine;
    } catch (error) {
      machine.kill();
      throw error;
    }
  }

  async #boot({
    lab,
    root,
    console: path,
    memoryMiB = 1536,
    swapMiB = 1024,
    cpus = 2,
    device = "caps=0xe",
    kernelArguments = "",
  }) {
    this.#directory = mkdtempSync(join(tmpdir(), "balloon-vm-"));
    const inside = (name) => join(this.#directory, name);
    const qemu = join(lab, "qemu/build/qemu-system-x86_64");
    if (!existsSync(qemu)) throw new Error(`the lab is not built in ${lab}: lab/vm/build.sh ${lab}`);
    const kernel = readFileSync(join(lab, "kernel"), "utf8").trim();
    // Formats that snapshots can be stored in.
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", root, inside("root")]);
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", inside("swap"), `${Math.max(swapMiB, 1)}M`]);
    const disks = ["root", "swap"].flatMap((name) => [
      "-drive",
      `if=none,id=${name},format=qcow2,cache=unsafe,file=${inside(name)}`,
      "-device",
      `virtio-blk-pci,drive=${name},serial=${name}`,
    ]);
    this.#console = openSync(path, "a");
    this.#child = spawn(
      qemu,
      [
        ..."-L /usr/share/seabios -L /usr/share/qemu -M pc,vmport=on -accel tcg,thread=multi -cpu qemu64,+rdtscp".split(
          " ",
        ),
        ...`-m ${memoryMiB}M,slots=2,maxmem=16G -smp ${cpus} -display none -vga none -nic none`.split(" "),
        // Debian loads vmw_balloon by itself where the firmware names VMware.
        ...[
          "-smbios",
          "type=1,manufacturer=VMware,, Inc.,product=VMware7,,1",
          "-device",
          `vmware-balloon,id=host,${device}`,
        ],
        ...["-serial", "stdio"],
        ...["-serial", `unix:${inside("agent")},server,nowait`, "-qmp", `unix:${inside("qmp")},server,nowait`],
        ...disks,
        ...["-kernel", `/boot/vmlinuz-${kernel}`, "-initrd", join(lab, "initrd.gz")],
        ...["-append", `console=ttyS0 quiet panic=-1 rdinit=/init-debian net.ifnames=0 ${kernelArguments}`],
      ],
      { stdio: ["ignore", this.#console, this.#console] },
    );
    this.#agent = await connect(inside("agent"), this.#child);
    createInterface({ input: this.#agent }).on("line", (line) => this.#answered(line));
    await this.#openMonitor(inside("qmp"));
    const ended = once(this.#child, "exit").then(() => {
      throw new Error(`QEMU has ended before the VM answered: ${path}`);
    });
    ended.catch(() => {});
    this.#hasSwap = swapMiB > 0;
    await Promise.race([this.#up(), ended]);
  }

  /** Waits for the VM's first answer, and until systemd has started what it starts at boot. */
  async #up() {
    await Promise.race([this.#whenUp.promise, timeout(BOOT_SECONDS, "the VM does not answer")]);
    await this.sh("systemctl is-system-running --wait", BOOT_SECONDS);
    if (this.#hasSwap) await this.run("mkswap /dev/vdb > /dev/null && swapon /dev/vdb");
  }

  /** Boots the VM again, as an operator does. */
  async reboot() {
    this.#whenUp = deferred();
    await this.sh("systemctl --no-block reboot");
    await this.#up();
  }

  async #openMonitor(path) {
    this.#monitor = await connect(path, this.#child);
    createInterface({ input: this.#monitor }).on("line", (line) => {
      const message = JSON.parse(line);
      if ("return" in message || "error" in message) this.#replies.shift()?.(message);
    });
    await this.monitor("qmp_capabilities");
  }

  #answered(line) {
    const [number, status, output] = line.trim().split(" ");
    if (Number(number) === 0) return this.#whenUp.resolve();
    this.#waiting.get(Number(number))?.({
      status: Number(status),
      output: Buffer.from(output ?? "", "base64")
        .toString()
        .trimEnd(),
    });
    this.#waiting.delete(Number(number));
  }

  /** Executes a shell script in the VM, as root; returns its exit status and what it printed. */
  async sh(script, seconds = COMMAND_SECONDS) {
    const number = ++this.#number;
    const { promise, resolve } = deferred();
    this.#waiting.set(number, resolve);
    this.#agent.write(`${number} ${Buffer.from(script).toString("base64")}\n`);
    return Promise.race([promise, timeout(seconds, `no answer within ${seconds} s: ${script}`)]);
  }

  /** As sh; fails where the script fails, and returns what it printed. */
  async run(script, seconds = COMMAND_SECONDS) {
    const { status, output } = await this.sh(script, seconds);
    if (status !== 0) throw new Error(`status ${status}: ${script}\n${output}`);
    return output;
  }

  /** Executes a command of QEMU's monitor protocol (QMP); returns its result. */
  async monitor(execute, args = {}) {
    const { promise, resolve } = deferred();
    this.#replies.push(resolve);
    this.#monitor.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    const reply = await promise;
    if (reply.error) throw new Error(`${execute}: ${reply.error.desc}`);
    return reply.return;
  }

  /** Executes a command of QEMU's monitor for people, such as savevm; its output is an error. */
  async humanMonitor(line) {
    const output = await this.monitor("human-monitor-command", { "command-line": line });
    if (output.trim()) throw new Error(`${line}: ${output.trim()}`);
  }

  /** The host's book: pages that it has locked, violations of the protocol, commands, and its target in pages. */
  async host() {
    const get = (name) => this.monitor("qom-get", { path: HOST, property: `now-${name}` });
    const [locked, violations, commands, target] = await Promise.all(
      ["locked", "violations", "commands", "target"].map(get),
    );
    return { locked, violations, commands, target };
  }

  /** Sets a property of the host: target (pages), resets, refusals or refusal-status. */
  async setHost(name, value) {
    await this.monitor("qom-set", { path: HOST, property: `now-${name}`, value });
  }

  /** Copies a file into the VM. */
  async copy(file, target) {
    const chunk = 48 * 1024;
    const bytes = readFileSync(file);
    await this.run(`: > '${target}'`);
    for (let at = 0; at < bytes.length; at += chunk) {
      const part = bytes.subarray(at, at + chunk).toString("base64");
      await this.run(`base64 -d >> '${target}' << 'END'\n${part}\nEND`);
    }
  }

  /** Stops QEMU itself, guest's clocks included, as a migration does, for a number of seconds. */
  async standStill(seconds) {
    this.#child.kill("SIGSTOP");
    await sleep(seconds * 1000);
    this.#child.kill("SIGCONT");
  }

  /** Shuts the VM down as an operator does; returns whether it was off in time. */
  async powerOff() {
    const exited = once(this.#child, "exit").then(() => true);
    await this.sh("systemctl --no-block poweroff").catch(() => {});
    const off = await Promise.race([exited, sleep(POWER_OFF_SECONDS * 1000, false, { ref: false })]);
    this.kill();
    return off;
  }

  /** Ends the VM at once. */
  kill() {
    process.off("exit", this.#atExit);
    this.#child?.kill("SIGKILL");
    this.#agent?.destroy();
    this.#monitor?.destroy();
    if (this.#console !== undefined) closeSync(this.#console);
    this.#console = undefined;
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }
}

function deferred() {
  let resolve;
  const promise = new Promise((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

async function timeout(seconds, message) {
  await sleep(seconds * 1000, undefined, { ref: false });
  throw new Error(message);
}

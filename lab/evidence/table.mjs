/**
 * What is done to a VM with the daemon's package in it, and what has to be true then. Each experiment gets a VM that has just
 * booted with the package installed and the daemon running, and returns what it saw.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { settle, until } from "./vm.mjs";

/** Pages of the balloon that experiments begin with: 391 MiB of a VM of 1536. */
const BALLOON = 100_000;

/** A generator of numbers in 0 to 1, the same for each seed (Park and Miller's, which needs no package in the lab). */
export function numbers(seed) {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** Begins a process that touches memory again and again. */
const work = (vm, mib, rate) =>
  vm.run(`systemd-run --quiet --unit=work hog ${mib} ${rate} && until [ -e /tmp/hogready ]; do sleep 1; done`);

export const EXPERIMENTS = {
  "moving-target": {
    does: "an hour of targets that change each 20 s, beside a workload that touches 500 MiB at 50 MiB/s; each ten minutes a reset",
    async run(vm, { seconds = 3600, seed = 1 }) {
      const random = numbers(seed);
      await work(vm, 500, 50);
      const until = Date.now() + seconds * 1000;
      let targets = 0;
      let resets = 0;
      let largest = 0;
      while (Date.now() < until) {
        await vm.setHost("target", Math.floor(random() * 230_000));
        if (++targets % 30 === 0) {
          await vm.setHost("resets", 1);
          resets++;
        }
        await sleep(20_000);
        largest = Math.max(largest, (await vm.host()).locked);
      }
      const follows = await settle(vm, BALLOON);
      return { checks: { follows }, seen: { targets, resets, largest } };
    },
  },
  "kill-9": {
    does: "kill -9 of the daemon at 20 random moments of inflations and deflations, six at most in ten minutes of systemd's count",
    async run(vm, { seed = 1 }) {
      const random = numbers(seed);
      let slowest = 0;
      for (let kills = 0; kills < 20; kills++) {
        await vm.setHost("target", kills % 2 === 0 ? 200_000 : 20_000);
        await sleep(500 + random() * 4000);
        const began = Date.now();
        // Ten starts in ten minutes are final, which is not what is tried here.
        if (kills % 6 === 0) await vm.run("systemctl reset-failed balloon-hw");
        await vm.run("kill -9 $(systemctl show -p MainPID --value balloon-hw)");
        await until(30, async () => (await vm.sh("systemctl is-active balloon-hw")).output === "active");
        slowest = Math.max(slowest, Date.now() - began);
      }
      const follows = await settle(vm, BALLOON);
      return { checks: { follows }, seen: { slowest_restart_s: Math.round(slowest / 100) / 10 } };
    },
  },
  oom: {
    does: "a workload takes more memory than there is, with swap, beside a balloon of 391 MiB: the whole machine's OOM",
    async run(vm) {
      await settle(vm, BALLOON);
      const before = await daemonProcess(vm);
      // Its score makes it the first one: what is asked is whether anything else dies beside it, for the balloon's sake.
      await vm.sh(
        "systemd-run --quiet --unit=eater -p OOMPolicy=continue hog 4000 0; for i in $(seq 240); do dmesg | grep -q 'Killed process' && break; sleep 1; done",
        300,
      );
      await sleep(5000);
      const killed = await vm.run(
        "dmesg | grep -o 'Killed process [0-9]* ([^)]*)' | grep -o '(.*' | sort | uniq -c | tr -s ' ' | paste -sd, || true",
      );
      const follows = await settle(vm, BALLOON);
      return {
        checks: {
          follows,
          survives: before === (await daemonProcess(vm)),
          onlyTheEater: /^ ?\d+ \(hog\)$/.test(killed),
        },
        seen: { killed },
      };
    },
  },
  sigstop: {
    does: "SIGSTOP of the daemon for 30 s while the host wants memory, then SIGCONT; and once for good",
    async run(vm) {
      await settle(vm, BALLOON);
      await vm.run("kill -STOP $(systemctl show -p MainPID --value balloon-hw)");
      await vm.setHost("target", 150_000);
      await sleep(30_000);
      const stood = (await vm.host()).locked;
      await vm.run("kill -CONT $(systemctl show -p MainPID --value balloon-hw)");
      const again = await settle(vm, 150_000);
      const before = await daemonProcess(vm);
      await vm.run("kill -STOP $(systemctl show -p MainPID --value balloon-hw)");
      const restarted = await until(240, async () => {
        const now = await daemonProcess(vm);
        return now !== before && now !== "0" && (await vm.sh("systemctl is-active balloon-hw")).output === "active";
      });
      const follows = await settle(vm, BALLOON);
      return { checks: { again, restarted, follows }, seen: { locked_while_stopped: stood } };
    },
  },
  "stands-still": {
    does: "the whole machine stands still for 60 s, as in a migration, in the middle of an inflation",
    async run(vm) {
      await vm.setHost("target", 200_000);
      await sleep(1500);
      const before = await daemonProcess(vm);
      await vm.standStill(60);
      const follows = await settle(vm, 200_000);
      return { checks: { follows, sameProcess: before === (await daemonProcess(vm)) }, seen: {} };
    },
  },
  snapshot: {
    does: "a snapshot at 391 MiB; then 195 MiB less; then back to the snapshot, the host's book with it; and the same with a reset by the host",
    async run(vm) {
      await settle(vm, BALLOON);
      await vm.humanMonitor("savevm first");
      await settle(vm, BALLOON / 2);
      await vm.humanMonitor("loadvm first");
      const back = (await vm.host()).locked;
      const follows = await settle(vm, BALLOON + 20_000);
      await vm.humanMonitor("loadvm first");
      await vm.setHost("resets", 1);
      await sleep(3000);
      const followsReset = await settle(vm, BALLOON);
      return { checks: { back: back === BALLOON, follows, followsReset }, seen: { locked_after_return: back } };
    },
  },
  "more-memory": {
    does: "512 MiB are added by hotplug while the balloon moves, and put into use",
    async run(vm) {
      await vm.setHost("target", 150_000);
      await sleep(1000);
      await vm.monitor("object-add", { "qom-type": "memory-backend-ram", id: "more", size: 512 * 1048576 });
      await vm.monitor("device_add", { driver: "pc-dimm", id: "module", memdev: "more" });
      await sleep(2000);
      await vm.run(
        "for b in /sys/devices/system/memory/memory*; do if [ $(cat $b/state) = offline ]; then echo online > $b/state; fi; done",
      );
      const follows = await settle(vm, 230_000, 120);
      const log = await vm.run("journalctl -u balloon-hw -o cat | grep -i -m1 'memory' || true");
      return { checks: { follows }, seen: { log } };
    },
  },
  "kernel-driver-beside": {
    does: "modprobe vmw_balloon while the daemon runs",
    async run(vm) {
      await settle(vm, BALLOON);
      const { status, output } = await vm.sh("modprobe vmw_balloon");
      await sleep(10_000);
      const between = await vm.host();
      const log = await vm.run("journalctl -u balloon-hw -o cat -n 5");
      const violations = (await vm.host()).violations;
      return {
        checks: { noViolation: violations === 0 },
        seen: { modprobe: `${status} ${output}`.trim(), between, log },
      };
    },
  },
  hibernation: {
    does: "hibernation is asked for, with swap to hibernate into",
    async run(vm) {
      await settle(vm, BALLOON);
      const { output } = await vm.sh("cat /sys/power/state /sys/power/disk; systemctl hibernate; echo status $?", 60);
      const follows = await settle(vm, BALLOON);
      return { checks: { follows }, seen: { output } };
    },
  },
};

/** The daemon's process, "0" without one. */
export const daemonProcess = (vm) => vm.run("systemctl show -p MainPID --value balloon-hw");

/**
 * What is done to a VM with the daemon's package in it, and what has to be true then. Each experiment gets a VM that has just
 * booted with the package installed and the daemon running, and returns what it saw.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { numbers } from "./numbers.mjs";
import { hasKernelDriver, isActive, settle, settleNear, until } from "./vm.mjs";

/** Pages of the balloon that experiments begin with: 391 MiB of a VM of 1536. */
const BALLOON = 100_000;

/** Begins a process that touches memory again and again. */
const work = (vm, mib, rate) =>
  vm.run(`systemd-run --quiet --unit=work hog ${mib} ${rate} && until [ -e /tmp/hogready ]; do sleep 1; done`);

/** Changes the target each 20 s for an hour, beside a workload, with a reset each ten minutes. */
async function movingTarget(vm, { seconds = 3600, seed = 1 }) {
  const random = numbers(seed);
  await work(vm, 500, 50);
  const end = Date.now() + seconds * 1000;
  let targets = 0;
  let resets = 0;
  let largest = 0;
  while (Date.now() < end) {
    await vm.setHost("target", Math.floor(random() * 230_000));
    if (++targets % 30 === 0) {
      await vm.setHost("resets", 1);
      resets++;
    }
    await sleep(20_000);
    largest = Math.max(largest, (await vm.host()).locked);
  }
  // With the workload, the floor leaves less than BALLOON.
  const follows = await settle(vm, BALLOON / 2);
  return { checks: { follows }, seen: { targets, resets, largest } };
}

export const EXPERIMENTS = {
  "moving-target": {
    does: "an hour of targets that change each 20 s, beside a workload that touches 500 MiB at 50 MiB/s; each ten minutes a reset; batches and 2 MiB pages",
    run: movingTarget,
  },
  "moving-target-basic": {
    does: "an hour of targets that change each 20 s, beside a workload that touches 500 MiB at 50 MiB/s; each ten minutes a reset; single pages, as with the host of 2010",
    caps: "0x2",
    run: movingTarget,
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
    does: "three processes take more memory than there is with swap, beside a balloon of 391 MiB: the whole machine's OOM",
    async run(vm) {
      await settle(vm, BALLOON);
      const before = await daemonProcess(vm);
      // Each of them fits into memory and swap alone: what the kernel can see to be too much is refused, not killed for.
      await vm.sh(
        "for n in 1 2 3; do systemd-run --quiet --unit=eater$n -p OOMPolicy=continue hog 900 0; done; for i in $(seq 240); do dmesg | grep -q 'Killed process' && break; sleep 1; done",
        300,
      );
      const locked = (await vm.host()).locked;
      await sleep(5000);
      const killed = await vm.run(
        "dmesg | grep -o 'Killed process [0-9]* ([^)]*)' | grep -o '(.*' | sort | uniq -c | tr -s ' ' | paste -sd, || true",
      );
      await vm.run("systemctl stop eater1 eater2 eater3");
      // It gives way, and holds off for five minutes.
      const follows = await settle(vm, BALLOON, 420);
      return {
        checks: {
          gaveWay: locked < BALLOON,
          follows,
          survives: before === (await daemonProcess(vm)),
          onlyTheEater: /^ ?\d+ \(hog\)$/.test(killed),
        },
        seen: { killed, locked_at_first_kill: locked },
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
    does: "vmw_balloon is loaded while the daemon runs, and after a minute its removal; a host without pages of 2 MiB, which that driver can't unload",
    caps: "0x6",
    async run(vm) {
      await settle(vm, BALLOON);
      const available = async () => Number(await vm.run("awk '/^MemAvailable/ { print $2 }' /proc/meminfo"));
      const before = await available();
      // With other settings than the machine's, which keep it from loading.
      await vm.run("modprobe --config /dev/null vmw_balloon");
      const isTold = async () => (await vm.run("systemctl show -p StatusText balloon-hw")).includes("vmw_balloon");
      const notices = await until(30, isTold);
      // Longer than the alert waits.
      await sleep(90_000);
      const beside = await vm.host();
      await vm.run("rmmod vmw_balloon");
      const recovers = await until(30, async () => !(await isTold()));
      const follows = await settle(vm, BALLOON);
      const lost_kib = before - (await available());
      // Those that the guest lacked twice are the guest's again.
      const memoryIsBack = lost_kib < 32 * 1024;
      return { checks: { notices, recovers, follows, memoryIsBack }, seen: { beside, lost_kib } };
    },
  },
  orders: {
    does: "limit, freeze, thaw, drain with --persist, kill -9, thaw, while the host wants 391 MiB",
    async run(vm) {
      await settle(vm, BALLOON);
      const order = (words) => vm.run(`balloon-hw ${words}`);
      const is = (pages, seconds) => until(seconds, async () => (await vm.host()).locked === pages);
      await order("limit 200MiB");
      const limited = await is(51_200, 20);
      await order("freeze");
      await order("limit none");
      const frozen = await is(51_200, 5);
      await order("thaw");
      const thawed = await is(BALLOON, 30);
      await order("drain --persist");
      const drained = await is(0, 20);
      await vm.run("kill -9 $(systemctl show -p MainPID --value balloon-hw)");
      await until(30, async () => (await vm.sh("systemctl is-active balloon-hw")).output === "active");
      await sleep(5000);
      const staysDrained = (await vm.host()).locked === 0;
      const status = await vm.run("balloon-hw status --json | grep -A6 '\"control\"' | tr -s ' \\n' ' '");
      await order("thaw");
      const follows = await is(BALLOON, 60);
      return { checks: { limited, frozen, thawed, drained, staysDrained, follows }, seen: { status } };
    },
  },
  retire: {
    does: "balloon-hw retire with a balloon of 391 MiB while the host wants 586 MiB; the target goes on; a boot; retire once more",
    async run(vm) {
      await settle(vm, BALLOON);
      await vm.setHost("target", 150_000);
      const { status, output } = await vm.sh("balloon-hw retire", 180);
      const replaced = await hasKernelDriver(vm);
      const follows = await settleNear(vm, 150_000, 120);
      const disabled = (await vm.sh("systemctl is-enabled balloon-hw")).output !== "enabled";
      await vm.reboot();
      const afterBoot = (await until(60, () => hasKernelDriver(vm))) && !(await isActive(vm));
      const followsAfterBoot = await settleNear(vm, 60_000, 120);
      const again = (await vm.sh("balloon-hw retire", 180)).status === 0;
      return {
        checks: { done: status === 0, replaced, follows, disabled, afterBoot, followsAfterBoot, again },
        seen: { output },
      };
    },
  },
  thrashing: {
    does: "a balloon of 700 MiB when a workload begins that touches 900 MiB again and again, for four minutes with giving way, for four without",
    async run(vm) {
      const seen = {};
      for (const way of ["gives way", "holds"]) {
        await vm.run(
          `echo '{"give-way": ${way === "gives way"}, "floor": "128MiB", "metrics": "unix:/run/balloon-hw/metrics.sock"}' > /etc/balloon-hw.json && systemctl restart balloon-hw`,
        );
        await settle(vm, 179_200, 90);
        await vm.run("systemd-run --quiet --unit=work hog 900 200");
        await sleep(240_000);
        const touched = await vm.run("od -An -t u8 /tmp/hog.$(systemctl show -p MainPID --value work) | tr -d ' '");
        const pressure = await vm.run("grep full /proc/pressure/memory");
        const swapped = await vm.run("grep -E '^pswp(in|out)' /proc/vmstat | paste -sd' '");
        seen[way] = { touched_pages: Number(touched), locked: (await vm.host()).locked, pressure, swapped };
        await vm.run("systemctl stop work; rm -f /tmp/hog*");
        await vm.setHost("target", 0);
        await until(60, async () => (await vm.host()).locked === 0);
      }
      const better = seen["gives way"].touched_pages > 2 * seen.holds.touched_pages;
      return { checks: { better }, seen };
    },
  },
};

/** The daemon's process, "0" without one. */
export const daemonProcess = (vm) => vm.run("systemctl show -p MainPID --value balloon-hw");

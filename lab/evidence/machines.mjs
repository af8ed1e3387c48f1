/** Machines on which the package is installed: those that take the daemon, and those on which it can't run. */
import { setTimeout as sleep } from "node:timers/promises";
import { numbers } from "./numbers.mjs";
import { enable, hasKernelDriver, install, isActive, settle, settleNear, until } from "./vm.mjs";

/** Pages of the kernel's own balloon before the package is installed. */
const BEFORE = 40_000;

/** What keeps vmw_balloon from being loaded, by the files of modprobe. */
const isBlocked = async (vm) =>
  (await vm.run(
    "grep -rlsE '^(blacklist|install) vmw_balloon' /etc/modprobe.d /run/modprobe.d /usr/lib/modprobe.d || true",
  )) !== "";

/** Files with the package's name, besides the package files themselves and the journal. */
const traces = (vm) =>
  vm.run(
    "find / -xdev -iname '*balloon?hw*' -not -path '/root/*' -not -path '/var/log/*' -not -path '/var/lib/systemd/*' 2>/dev/null | sort || true",
  );

/** Installs on a machine on which the daemon can't run: the kernel's driver has to have its balloon afterwards, and after a boot. */
async function refused(vm, { package: file }, code) {
  const answers = code !== 26 && code !== 16;
  const loaded = await until(60, () => hasKernelDriver(vm));
  if (answers) await settleNear(vm, BEFORE);
  await install(vm, file);
  const { output } = await enable(vm);
  const restored = loaded ? await until(120, () => hasKernelDriver(vm)) : true;
  const follows = answers ? await settleNear(vm, BEFORE + 20_000) : true;
  const blocked = await isBlocked(vm);
  const log = await vm.run("journalctl -u 'balloon-hw*' -o cat | tail -n 30");
  await vm.reboot();
  const afterBoot = loaded ? await until(60, () => hasKernelDriver(vm)) : true;
  return {
    checks: {
      restored,
      follows,
      notBlocked: !blocked,
      notActive: !(await isActive(vm)),
      afterBoot,
      says: new RegExp(`exit status ${code}\\b|status=${code}\\b`).test(log),
    },
    seen: {
      output,
      log: log
        .split("\n")
        .filter((line) => /takeover|balloon-hw:/.test(line))
        .slice(0, 8),
    },
  };
}

export const MACHINES = {
  "install-beside-balloon": {
    does: "the package installed beside vmw_balloon with 156 MiB in pages of 2 MiB, enabled, a boot, removal, purge, a boot",
    async run(vm, { package: file }) {
      const loaded = await until(60, () => hasKernelDriver(vm));
      await settleNear(vm, BEFORE);
      await install(vm, file);
      // Installing alone changes nothing; and a driver with pages of 2 MiB must not be unloaded.
      const untouched = (await hasKernelDriver(vm)) && (await settleNear(vm, BEFORE + 5000));
      const { status, output } = await enable(vm);
      const refusal = await vm.run("journalctl -u balloon-hw-takeover -o cat | grep takeover: | tail -n 1");
      const keptAtWork = (await hasKernelDriver(vm)) && (await settleNear(vm, BEFORE));
      await vm.reboot();
      const activeAfterBoot = await until(120, () => isActive(vm));
      const replaced = !(await hasKernelDriver(vm));
      const followsAfterBoot = await settle(vm, BEFORE + 10_000);
      await vm.run("dpkg -r balloon-hw 2>&1", 300);
      const restored = await until(60, () => hasKernelDriver(vm));
      const followsRestored = await settleNear(vm, BEFORE + 20_000);
      const kept = await vm.run("ls /etc/balloon-hw* || true");
      await vm.run("dpkg -P balloon-hw 2>&1", 300);
      const left = await traces(vm);
      await vm.reboot();
      const restoredAfterBoot = await until(60, () => hasKernelDriver(vm));
      const checks = {
        ...{ loaded, untouched, refused: status !== 0, keptAtWork, activeAfterBoot, replaced, followsAfterBoot },
        ...{ restored, followsRestored, nothingLeft: left === "", restoredAfterBoot },
      };
      return { checks, seen: { output, refusal, kept, left } };
    },
  },
  "install-at-rest": {
    does: "the package installed beside vmw_balloon with an empty balloon, enabled; then systemctl restart, stop, start, and ten kills in a row",
    async run(vm, { package: file }) {
      const loaded = await until(60, () => hasKernelDriver(vm));
      await settle(vm, 0);
      await install(vm, file);
      await enable(vm);
      const active = await until(120, () => isActive(vm));
      const replaced = !(await hasKernelDriver(vm));
      const follows = await settle(vm, BEFORE);
      await vm.run("systemctl restart balloon-hw", 120);
      const followsRestarted = (await settle(vm, BEFORE + 1000)) && !(await hasKernelDriver(vm));
      await vm.run("systemctl stop balloon-hw", 120);
      const restored = await until(30, () => hasKernelDriver(vm));
      await settle(vm, 0);
      const { output } = await vm.sh("systemctl start balloon-hw 2>&1", 120);
      const again = (await until(60, () => isActive(vm))) && (await settle(vm, BEFORE));
      for (let kills = 0; kills < 12 && !(await hasKernelDriver(vm)); kills++) {
        await vm.sh("kill -9 $(systemctl show -p MainPID --value balloon-hw)");
        await until(15, async () => (await isActive(vm)) || (await hasKernelDriver(vm)));
      }
      const restoredFinally = await until(30, () => hasKernelDriver(vm));
      const followsFinally = await settleNear(vm, BEFORE + 3000);
      const checks = {
        loaded,
        active,
        replaced,
        follows,
        followsRestarted,
        restored,
        again,
        restoredFinally,
        followsFinally,
      };
      return { checks, seen: { output } };
    },
  },
  "install-rpm": {
    does: "the .rpm beside vmw_balloon with an empty balloon, installed by rpm (on Debian: without its dependencies), enabled, installed once more as an upgrade, erased",
    async run(vm, { rpm }) {
      if (rpm === undefined) throw new Error("--rpm FILE.rpm is missing");
      const loaded = await until(60, () => hasKernelDriver(vm));
      await settle(vm, 0);
      await vm.run(`rpm --install --nodeps /root/${rpm} 2>&1`, 600);
      const untouched = await hasKernelDriver(vm);
      await enable(vm);
      const active = await until(120, () => isActive(vm));
      const replaced = !(await hasKernelDriver(vm));
      const follows = await settle(vm, BEFORE);
      const process = () => vm.run("systemctl show -p MainPID --value balloon-hw");
      const before = await process();
      await vm.run(`rpm --upgrade --replacepkgs --nodeps /root/${rpm} 2>&1`, 600);
      const upgraded = (await until(120, () => isActive(vm))) && (await process()) !== before;
      const followsUpgraded = (await settle(vm, BEFORE + 1000)) && !(await hasKernelDriver(vm));
      await vm.run("rpm --erase balloon-hw 2>&1", 300);
      const restored = await until(60, () => hasKernelDriver(vm));
      const followsRestored = await settleNear(vm, BEFORE + 20_000);
      const left = await traces(vm);
      const checks = {
        ...{ loaded, untouched, active, replaced, follows, upgraded, followsUpgraded, restored, followsRestored },
        nothingLeft: left === "",
      };
      return { checks, seen: { left } };
    },
  },
  "locked-down": {
    does: "installed on a kernel that is locked down (lockdown=integrity): no port for programs",
    machine: { kernelArguments: "lockdown=integrity" },
    run: (vm, context) => refused(vm, context, 16),
  },
  "nothing-answers": {
    does: "installed where the hypervisor is VMware's by its name, and does not answer",
    machine: { device: "deaf=on" },
    run: (vm, context) => refused(vm, context, 26),
  },
  "io-uring-disabled": {
    does: "installed where io_uring is disabled, as in RHEL 9 (Linux 6.6 or later: --lab)",
    machine: { kernelArguments: "sysctl.kernel.io_uring_disabled=2" },
    run: (vm, context) => refused(vm, context, 21),
  },
  shadow: {
    does: "a shadow beside vmw_balloon for five minutes of targets that change each 20 s, beside a workload that touches 500 MiB at 50 MiB/s",
    async run(vm, { package: file, seed }) {
      await until(60, () => hasKernelDriver(vm));
      await install(vm, file);
      await vm.run("systemd-run --quiet --unit=work hog 500 50 && until [ -e /tmp/hogready ]; do sleep 1; done");
      await vm.run(
        "systemd-run --quiet --unit=shadow -p StandardOutput=file:/root/shadow.txt balloon-hw shadow --driver vmmemctl --window 60s --report /root/shadow.json",
      );
      const random = numbers(seed);
      for (let changes = 0; changes < 15; changes++) {
        await vm.setHost("target", Math.floor(random() * 200_000));
        await sleep(20_000);
      }
      await vm.run("systemctl stop shadow");
      const text = await vm.run("cat /root/shadow.txt");
      const counts = await vm.run("grep -A5 '\"windows\"' /root/shadow.json | tr -s ' \\n' ' '");
      const untouched = await hasKernelDriver(vm);
      return { checks: { untouched, saysSomething: /claim/.test(text) }, seen: { counts, text: text.split("\n") } };
    },
  },
  "upgrade-under-load": {
    does: "an upgrade and a downgrade while the balloon moves and a workload touches 300 MiB at 30 MiB/s",
    async run(vm, { package: file, older }) {
      if (older === undefined) throw new Error("--older FILE.deb is missing");
      await install(vm, older);
      await enable(vm);
      const active = await until(120, () => isActive(vm));
      await vm.run("systemd-run --quiet --unit=work hog 300 30");
      const checks = { active };
      for (const [step, to] of [
        ["upgrade", file],
        ["downgrade", older],
      ]) {
        await vm.setHost("target", step === "upgrade" ? 150_000 : 60_000);
        await install(vm, to);
        checks[`${step}Active`] = await until(120, () => isActive(vm));
        checks[`${step}Follows`] = await settle(vm, 100_000, 120);
        checks[`${step}Replaced`] = !(await hasKernelDriver(vm));
      }
      return { checks, seen: {} };
    },
  },
};

/** VMs with the daemon's package, installed as an operator does. */
import { setTimeout as sleep } from "node:timers/promises";
import { Machine } from "../vm/machine.mjs";

/** Emulated processors are slow, and dpkg unpacks a Node. */
const INSTALL_SECONDS = 600;

/** Looks once a second until something is true; returns whether it was, within a number of seconds. */
export async function until(seconds, isTrue) {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await isTrue()) return true;
    await sleep(1000);
  }
  return false;
}

export const isActive = async (vm) => (await vm.sh("systemctl is-active balloon-hw")).output === "active";

/** Whether the kernel's driver is loaded. */
export const hasKernelDriver = async (vm) => (await vm.sh("test -d /sys/module/vmw_balloon")).status === 0;

/** Installs a package file of the image's /root; returns what dpkg printed. */
export const install = (vm, file) => vm.run(`dpkg -i /root/${file} 2>&1`, INSTALL_SECONDS);

/** Starts the service, now and at boot, as docs/install.md says; returns the exit status and what systemctl printed. */
export const enable = (vm) => vm.sh("systemctl enable --now balloon-hw 2>&1", INSTALL_SECONDS);

/** Whether the host has locked its target, to the page, within a number of seconds after it was set. */
export async function settle(vm, target, seconds = 60) {
  await vm.setHost("target", target);
  return until(seconds, async () => (await vm.host()).locked === target);
}

/** As settle, for the kernel's driver, which stays within 511 pages of its target. */
export async function settleNear(vm, target, seconds = 60) {
  await vm.setHost("target", target);
  return until(seconds, async () => Math.abs((await vm.host()).locked - target) < 512);
}

/** Runs a VM, and ends it in any case: withVm(options of Machine.start, what). */
export async function withVm(options, what) {
  const vm = await Machine.start(options);
  try {
    return await what(vm);
  } finally {
    vm.kill();
  }
}

import { escapeUnsafe } from "../../common/quote.ts";
import { formatCost, formatSize } from "../../common/units.ts";
import { profileOf } from "./profile.ts";
import type { GuestSpec } from "./types.ts";

/**
 * Describes a guest in a line that is safe to print: `4GiB of memory, 2GiB of swap, linux-6.1`, then its other
 * settings and the number of its processors.
 */
export function guestText(guest: Omit<GuestSpec, "kernelMemory">): string {
  const parts = [`${formatSize(guest.memory)} of memory`];
  parts.push(guest.swap > 0 ? `${formatSize(guest.swap)} of swap` : "no swap");
  if (guest.balloon > 0) parts.push(`${formatSize(guest.balloon)} in the balloon at the start`);
  parts.push(escapeUnsafe(guest.profile));
  if (guest.driver !== null) parts.push(`driver ${escapeUnsafe(guest.driver)}`);
  if (guest.machine !== null) parts.push(`machine ${escapeUnsafe(guest.machine.name)}`);
  if (guest.lru !== null) parts.push(`LRU ${guest.lru}`);
  if (guest.swappiness !== null) parts.push(`swappiness ${guest.swappiness}`);
  if (guest.minFree !== null) parts.push(`${formatSize(guest.minFree)} kept free`);
  if (guest.lowmemReserve > 0) parts.push(`${formatSize(guest.lowmemReserve)} reserved of lower zones`);
  if (guest.watermarkScaleFactor !== null) parts.push(`watermark scale factor ${guest.watermarkScaleFactor}`);
  if (guest.thp !== "never") parts.push(`huge pages ${guest.thp}`);
  if (guest.floor !== null) parts.push(`${formatSize(guest.floor)} left available by the balloon`);
  if (guest.psiLimit !== null) parts.push(`pressure limit ${guest.psiLimit} %`);
  if (guest.profile === "balloon-hw" && guest.giveWay === null) parts.push("does not give way under pressure");
  if (guest.hz !== null) parts.push(`${guest.hz} ticks a second`);
  const cpus = guest.cpus ?? profileOf(guest).machine.cpus;
  parts.push(`${cpus} ${cpus === 1 ? "processor" : "processors"}`);
  if (guest.cpu > 0) parts.push(`driver on processor ${guest.cpu}`);
  for (const [name, ns] of Object.entries(guest.costs)) parts.push(`${name.replace(/Ns$/, "")} ${formatCost(ns)}`);
  return parts.join(", ");
}

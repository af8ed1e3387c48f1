/** What differs between the systems that open-vm-tools has the driver for: the same text, compiled with other parts. */

import { Allocation } from "../ports.ts";
import { Capability, GUEST_ID_BSD, GUEST_ID_LINUX, GUEST_ID_SOLARIS } from "../protocol.ts";
import { KernelRequest } from "../requests.ts";

const { Basic, Batched, Batched2m } = Capability;

/** A request for pages: the kind, and its `value`. */
export interface PageRequest {
  readonly request: number;
  readonly value: number;
}

/** A system, by the value of the parameter `system`. */
export interface System {
  /** `BALLOON_CAPABILITIES`: what START asks for. */
  readonly wanted: number;
  /** What GUEST_ID announces. */
  readonly guestType: number;
  /** How the driver allocates a page after one without sleeping has failed. */
  readonly sleeping: PageRequest;
  /** Whether the first cycle follows loading at once; else a second later. */
  readonly beginsAtOnce: boolean;
}

/**
 * Pages of 4 KiB without sleeping. On FreeBSD `vm_page_alloc(VM_ALLOC_NORMAL)`, which fails at the reserve of free pages;
 * on Solaris KM_NOSLEEP, and `page_create_va()` without PG_WAIT. Here the guest is Linux, whose like of it is an allocation
 * without direct reclaim, down to the watermark `min`.
 */
export const NO_SLEEP: PageRequest = { request: KernelRequest.Allocate, value: 0 };

/** Pages of 2 MiB, without sleeping, too. */
export const LARGE: PageRequest = { request: KernelRequest.Take, value: Allocation.Large };

/** KM_SLEEP and PG_WAIT of Solaris, which wait until there are pages: Linux's like reclaims as long as that helps. */
const WAITING: PageRequest = { request: KernelRequest.Allocate, value: 1 };

/**
 * FreeBSD has no allocation that sleeps there: the driver takes VM_ALLOC_SYSTEM, which goes deeper into the reserve and then
 * fails, while the failure before it has woken the page daemon. Linux has no such reserve for a balloon. Its like is one
 * round of reclaim: memory is freed because the driver asked, nothing waits for ever, no process is killed.
 */
const ONE_ROUND: PageRequest = { request: KernelRequest.Take, value: Allocation.OneRound };

export const SYSTEMS: readonly System[] = [
  // FreeBSD: its timer is set at loading.
  { wanted: Basic | Batched, guestType: GUEST_ID_BSD, sleeping: ONE_ROUND, beginsAtOnce: false },
  // Solaris: a thread that works first.
  { wanted: Basic, guestType: GUEST_ID_SOLARIS, sleeping: WAITING, beginsAtOnce: true },
  // Linux and macOS, of 64 bits, for which the shared text is written, too: their own parts are not public.
  { wanted: Basic | Batched | Batched2m, guestType: GUEST_ID_LINUX, sleeping: WAITING, beginsAtOnce: true },
];

/** The columns of rates, commands and allocations, which drivers with such rates share. */
import type { PolicyColumn } from "../balloon-policy.ts";

/** A column with the value of one field of the driver's state. */
export const column = (
  key: string,
  name: string,
  unit: PolicyColumn["unit"],
  kind: PolicyColumn["kind"],
  meaning: string,
  more: Partial<PolicyColumn> = {},
): PolicyColumn => ({ name, unit, kind, meaning, isDefault: false, read: (state) => state[key] as number, ...more });

const shown = (key: string, name: string, unit: PolicyColumn["unit"], meaning: string, more = {}) =>
  column(key, name, unit, "level", meaning, { isDefault: true, ...more });

/** A counter of the driver's statistics, under its name in the statistics text. */
export const counter = (name: string, key: string, meaning: string): PolicyColumn =>
  column(key, `stat_${name}`, "times", "total", meaning);

export const RATE_COLUMNS: readonly PolicyColumn[] = [
  shown("rateAlloc", "rate_alloc", "pages/cycle", "Rate of sleeping allocations", {
    limit: { of: "inflation", title: "Limit of sleeping allocations", least: "allocMin" },
  }),
  shown("rateFree", "rate_free", "pages/cycle", "Rate of releases", {
    limit: { of: "deflation", title: "Limit of releases", least: "freeMin" },
  }),
  shown("slow", "slow", "cycles", "Slow cycles left, the current one included"),
];

const RESET = "1 while a reset that the host asked for is pending";
export const RESET_COLUMN: PolicyColumn = column("resetRequired", "reset_required", "0/1", "level", RESET);

export const COMMAND_COLUMNS: readonly PolicyColumn[] = [
  counter("timer", "timer", "Work cycles"),
  counter("start", "start", "START commands"),
  counter("start_fail", "startFail", "START commands that failed"),
  counter("guest_type", "guestType", "GUEST_ID commands"),
  counter("guest_type_fail", "guestTypeFail", "GUEST_ID commands that failed"),
  counter("lock", "lock", "LOCK commands"),
  counter("lock_fail", "lockFail", "LOCK commands that failed"),
  counter("unlock", "unlock", "UNLOCK commands"),
  counter("unlock_fail", "unlockFail", "UNLOCK commands that failed"),
  counter("target_n", "targetCount", "GET_TARGET commands"),
  counter("target_fail", "targetFail", "GET_TARGET commands that failed"),
];

export const ALLOCATION_COLUMNS: readonly PolicyColumn[] = [
  counter("alloc", "alloc", "Allocations that may not sleep"),
  counter("alloc_fail", "allocFail", "Allocations that may not sleep and failed"),
  counter("sleep_alloc", "sleepAlloc", "Allocations that may sleep"),
  counter("sleep_alloc_fail", "sleepAllocFail", "Allocations that may sleep and failed"),
];

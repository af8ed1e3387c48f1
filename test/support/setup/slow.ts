import { type TestOptions, vi } from "vitest";

/** How much longer a test may take than on an idle machine: the machine may be slow, and at work with other tests. */
const PATIENCE = 30;

/**
 * Options of a test that takes longer than a second or two.
 * @param seconds how long it takes on an idle machine, about
 */
export const slow = (seconds: number): TestOptions => ({ timeout: seconds * PATIENCE * 1000 });

/**
 * Gives all tests and hooks of a file the time that its slowest needs.
 * @param seconds how long the slowest of them takes on an idle machine, about
 */
export function slowFile(seconds: number): void {
  vi.setConfig({ testTimeout: seconds * PATIENCE * 1000, hookTimeout: seconds * PATIENCE * 1000 });
}

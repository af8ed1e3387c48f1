import { expect, test } from "vitest";
import { InputError } from "../../../src/common/errors.ts";
import { limitsOf, reservedPages } from "../../../src/hw/daemon/sizes.ts";
import { loadSettings } from "../../../src/hw/settings/settings.ts";

const GIB = 2 ** 18;
const settings = (floor?: string) => loadSettings(undefined, { floor });

test("the default floor is Hyper-V's", () => {
  expect(limitsOf(settings(), 16 * GIB).floorPages).toBe(1000 * 256);
});

test("a floor that leaves nothing for a balloon is refused", () => {
  expect(limitsOf(settings("3GiB"), 4 * GIB).floorPages).toBe(3 * GIB);
  expect(() => limitsOf(settings("4GiB"), 4 * GIB)).toThrow(
    new InputError("--floor: 4GiB is all that this machine has (4GiB) or more: nothing is left for a balloon"),
  );
});

test("the daemon reserves address space for memory that is added later", () => {
  expect([GIB, 4 * GIB, 100 * GIB].map(reservedPages)).toEqual([16 * GIB, 16 * GIB, 400 * GIB]);
});

/** Sizes without a unit in host files: pages, unless the number is hardly one of pages. */
import { meantMemory } from "../../../common/bare-size.ts";
import { InputError } from "../../../common/errors.ts";
import { formatSize, MAX_PAGES, PAGE_BYTES, type Pages } from "../../../common/units.ts";

/** The least size that needs a unit: a larger number without one is more likely one of bytes than of pages. 1 TiB. */
const LEAST_BYTES: Pages = 2 ** 28;
/** The largest memory, and other size, that need a unit but for 0: a smaller number is more likely one of MiB. 256 and 16 MiB. */
const MOST_MIB_OF_MEMORY: Pages = 2 ** 16;
const MOST_MIB: Pages = 2 ** 12;

/**
 * @param isMemory whether the size is one that a machine gets, and not a part of it
 * @throws {InputError} for a number without a unit that is hardly one of pages
 */
export function refuseBareSize(value: unknown, isMemory: boolean): void {
  if (typeof value !== "number" || !Number.isInteger(value) || value <= 0 || value > MAX_PAGES) return;
  if (value <= (isMemory ? MOST_MIB_OF_MEMORY : MOST_MIB)) {
    throw new InputError(
      `${value} without a unit is a number of pages of 4 KiB, and ${formatSize(value)} need their unit: ` +
        `did you mean "${isMemory ? meantMemory(value) : `${value}MiB`}"?`,
    );
  }
  if (value < LEAST_BYTES) return;
  const meant = value % PAGE_BYTES === 0 ? `, ${value} bytes ${JSON.stringify(formatSize(value / PAGE_BYTES))}` : "";
  throw new InputError(
    `a size without a unit is a number of pages of 4 KiB, and ${value} of them are ${formatSize(value)}: write it with its unit, ` +
      `${JSON.stringify(formatSize(value))}${meant}`,
  );
}

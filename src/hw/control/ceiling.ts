import { InputError } from "../../common/errors.ts";
import { describe } from "../../common/quote.ts";
import { formatSize, type Pages, type Percent, parseSizeArgument } from "../../common/units.ts";

/** The most that a balloon may have: a size, or a share of the machine's memory, which may change. */
export type Ceiling = { readonly pages: Pages } | { readonly percent: Percent };

const PERCENT = /^(\d{1,3}(?:\.\d+)?) ?%$/;

/**
 * Reads a ceiling: `"8GiB"`, or `"50%"` of the machine's memory.
 * @param orElse what else the reader takes, for the message
 * @throws {InputError} if it is neither, or 0: a balloon that is to stay empty is drained, and then every status says so
 */
export function parseCeiling(value: unknown, orElse = ""): Ceiling {
  const ceiling = sizeOrShare(value, orElse);
  if (("pages" in ceiling ? ceiling.pages : ceiling.percent) > 0) return ceiling;
  throw new InputError(
    `expected more than 0, found ${describe(value)}: the order "balloon-hw drain --persist" keeps the balloon empty`,
  );
}

function sizeOrShare(value: unknown, orElse: string): Ceiling {
  const digits = typeof value === "string" ? PERCENT.exec(value)?.[1] : undefined;
  if (digits !== undefined && Number(digits) <= 100) return { percent: Number(digits) };
  try {
    if (typeof value === "string" && digits === undefined) return { pages: parseSizeArgument(value) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${error.message}, or a share of the machine's memory, such as 50%${orElse}`);
  }
  throw new InputError(
    `expected a size with its unit, such as "8GiB", or a share of the machine's memory, such as "50%"${orElse}, found ${describe(value)}`,
  );
}

/** Pages of a ceiling on a machine with so much memory. */
export const ceilingPages = (ceiling: Ceiling, machinePages: Pages): Pages =>
  "pages" in ceiling ? ceiling.pages : Math.floor((machinePages * ceiling.percent) / 100);

/** A ceiling as `parseCeiling` reads it. */
export const formatCeiling = (ceiling: Ceiling): string =>
  "pages" in ceiling ? formatSize(ceiling.pages) : `${ceiling.percent}%`;

import { InputError } from "../../../common/errors.ts";
import { quote } from "../../../common/quote.ts";
import { parseSizeArgument } from "../../../common/units.ts";
import type { Step } from "../../hosts/capacity/axis.ts";

/** Largest percentage of a step. */
const MAX_PERCENT = 50;

/**
 * The distance of two points of a search.
 * @throws {InputError} naming the option
 */
export function stepOption(option: string, text: string): Step {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1];
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= MAX_PERCENT)
    return { percent: Number(percent) };
  if (/^\d+$/.test(text) && Number(text) > 0 && Number(text) <= 1000) return { vms: Number(text) };
  try {
    const pages = parseSizeArgument(text);
    if (pages > 0) return { pages };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
  throw new InputError(
    `${option} ${quote(text)}: expected a size such as 512MiB, a number of VMs, or a percentage from above 0% to ${MAX_PERCENT}%`,
  );
}

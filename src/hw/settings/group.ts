import { readFileSync } from "node:fs";
import { InputError } from "../../common/errors.ts";
import { describe } from "../../common/quote.ts";

const MAX_ID = 2 ** 32 - 2;

/**
 * The number of a group: by its name in /etc/group, or the number itself.
 * @throws {InputError} if there is no such group
 */
export function groupId(value: unknown, path = "/etc/group"): number {
  if (typeof value !== "string" || value === "")
    throw new InputError(`expected the name of a group, found ${describe(value)}`);
  if (/^\d{1,10}$/.test(value) && Number(value) <= MAX_ID) return Number(value);
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [name, , id] = line.split(":");
    if (name === value && id !== undefined && /^\d+$/.test(id)) return Number(id);
  }
  throw new InputError(`${path} has no group ${describe(value)}: name another one, or its number`);
}

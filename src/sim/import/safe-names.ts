/** Names that are safe as names of files and of VMs, made from names that may have any form. */

const FALLBACK = "vm";
/** Room for a number that keeps names apart. */
const MARK_LENGTH = 8;

/**
 * A safe name for each of some names: letters, digits, `.`, `_` and `-`, of which it begins with neither a dot nor a dash.
 * They differ from each other, even where a file system ignores case.
 * @param most characters of a name, at least 16
 */
export function safeNames(names: readonly string[], most: number): string[] {
  const used = new Set<string>();
  // A number after the one that the last name of the same form got.
  const next = new Map<string, number>();
  return names.map((text) => {
    const base =
      text
        .replace(/[^A-Za-z0-9._-]+/g, "_")
        .replace(/^[.-]+/, "")
        .slice(0, most - MARK_LENGTH) || FALLBACK;
    const key = base.toLowerCase();
    let name = base;
    let number = next.get(key) ?? 2;
    while (used.has(name.toLowerCase())) name = `${base}-${number++}`;
    next.set(key, number);
    used.add(name.toLowerCase());
    return name;
  });
}

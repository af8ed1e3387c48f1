/** What stands between `<!-- generated: NAME -->` and `<!-- end -->` in a page, written anew. */
export function withParts(page: string, parts: Readonly<Record<string, () => string>>): string {
  return page.replace(/<!-- generated: ([\w-]+) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`nothing is generated that is called ${name}`);
    return `<!-- generated: ${name} -->\n${part().trimEnd()}\n<!-- end -->`;
  });
}

/** A row of a table. */
export const tableRow = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

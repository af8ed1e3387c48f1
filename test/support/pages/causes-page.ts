import { CAUSE_KINDS, type KindInfo } from "../../../src/sim/causes/kinds.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** The table of kinds in docs/causes.md, made from the table that the program itself uses. */
export function kindsTable(): string {
  const rows = Object.entries<KindInfo>(CAUSE_KINDS).map(([kind, { type, meaning, isStall, partOf, isLeading }]) => {
    const more = isStall ? "; a stall" : partOf === undefined ? "" : `; part of \`${partOf}\``;
    const leads = isLeading ? "; in chains" : "";
    return `| \`${kind}\` | ${type}${more}${leads} | ${cell(meaning)} |`;
  });
  return ["| kind | type | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

/** A page whose part between the marks is the table of kinds. */
export const withKinds = (page: string): string =>
  page.replace(/(<!-- generated: kinds -->\n)[\s\S]*?(\n<!-- end -->)/, (_, begin: string, end: string) => {
    return `${begin}${kindsTable()}${end}`;
  });

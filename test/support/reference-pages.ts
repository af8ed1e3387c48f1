import { COLUMNS } from "../../src/sim/output/columns.ts";
import { CHANGE_FIELDS, CHANGES_MEANING, FIGURES } from "../../src/sim/output/summary-figures.ts";
import { DEADLINES_S } from "../../src/sim/output/target-follower.ts";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const code = (text: string) => `\`${text}\``;

/** The page about the columns of `balloon-sim run`, made from the table that the program itself uses. */
export function columnsPage(): string {
  const rows = COLUMNS.map((c) => [code(c.name), c.unit, c.kind, c.isDefault ? "yes" : "", c.meaning]);
  return `# Columns

What \`balloon-sim run\` can print of a run. This page is made from the program's own table
(\`src/sim/output/columns.ts\`); \`balloon-sim run --columns help\` prints the same.

A row shows the run at one instant: at the end of a work cycle, at a sample (\`--every 5s\`), or, in the last row, at the
end of the run. What a column's value says depends on its kind:

- **level**: how it stands at that instant.
- **interval**: what happened since the row before; in the first row, since the run began. The balloon's size grows by
  \`allocated - refused - freed\` from row to row, and the intervals of all rows add up to the whole run.
- **total**: since the run began.

Times in seconds have six decimals and are exact to the microsecond; everything else is a whole number. A page is 4 KiB.
The driver's own counters (\`stat_…\`) have 32 bits and begin again at 0 when they are full, as they do in the kernel; the
columns \`allocated\`, \`freed\` and \`refused\` do not.

${table(["column", "unit", "kind", "default", "meaning"], rows)}
`;
}

/** The page about the figures of `balloon-sim run --summary`, made from the table that the program itself uses. */
export function summaryPage(): string {
  const figures = FIGURES.map((f) => [code(f.name), f.unit, f.meaning]);
  const fields = CHANGE_FIELDS.map((f) => [code(f.name), f.unit, f.meaning]);
  return `# Figures of a summary

What \`balloon-sim run --summary\` says about a run. This page is made from the program's own table
(\`src/sim/output/summary-figures.ts\`). The names are those of \`--format json\`; a table for people leaves out the unit at
the end of a name and shows it beside the value.

## How paces are measured

A work cycle moves its pages in a few milliseconds and then sleeps for the rest of its second. Its pace is therefore the
pages that it moved, by the time from its beginning to the beginning of the next cycle. The mean pace is the sum of the
pages by the sum of the times, over the cycles that moved any; the peak is that of the fastest cycle. The very last cycle
of a run has no next one: its pages count, its pace does not. The kernel's timer wheel delays a cycle by a few
milliseconds more or less than the one before, so a peak may lie some per cent above the driver's rate.

Pages that leave the balloon in a reset are no deflation: the host has forgotten them already.

## How a change of the target is followed

A change begins when the host's target changes, whether the driver knows or not (it asks once a second), and ends with the
next change or the end of the run. The **time to target** ends with the first work cycle after which the balloon has the
target's size. The **deficit** ${DEADLINES_S.join(", ")} seconds after the change is the target less the size as of the last
cycle that had ended by then.

## Figures

${table(["figure", "unit", "meaning"], figures)}
| \`target_changes\` | list | ${CHANGES_MEANING}; fields below |
| \`notes\` | list | What a reader of the figures has to know: a driver that did not load, a coarse trace, unknown values |

## Fields of a change

${table(["field", "unit", "meaning"], fields)}
`;
}

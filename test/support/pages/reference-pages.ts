import { VMMEMCTL } from "../../../src/engine/index.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { DEADLINES_S } from "../../../src/sim/measures/target-follower.ts";
import { columnsOf } from "../../../src/sim/output/columns.ts";
import {
  CHANGE_FIELDS,
  CHANGES_MEANING,
  FIGURES,
  KILLED_FIELDS,
  KILLED_MEANING,
} from "../../../src/sim/output/summary-figures.ts";

const COLUMNS = columnsOf(VMMEMCTL);

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
  const killed = KILLED_FIELDS.map((f) => [code(f.name), f.unit, f.meaning]);
  return `# Figures of a summary

What \`balloon-sim run --summary\` says about a run. This page is made from the program's own table
(\`src/sim/output/summary-figures.ts\`). The names are those of \`--format json\`; a table for people leaves out the unit at
the end of a name and shows it beside the value. CSV has the figures in the order of the table below, a column each, and the
objectives behind them: \`oom_kills\`, \`downtime_s\` and \`lost_work_pages\` stand right behind \`duration_s\`.

With \`--worlds N\` there is one summary for each [world](worlds.md) of each trace, one after the other, with \`world\` before all
other figures. For people there is one table a trace: the median, the lowest and the highest of each figure, and before all
else in how many of the worlds there are kills.

## How paces are measured

A work cycle moves its pages in a few milliseconds and then sleeps for the rest of its second. Its pace is therefore the
pages that it moved, by the time from its beginning to the beginning of the next cycle. The mean pace is the sum of the
pages by the sum of the times, over the cycles that moved any; the peak is that of the fastest cycle. The very last cycle
of a run has no next one: its pages count, its pace does not. The kernel's timer wheel delays a cycle by a few
milliseconds more or less than the one before, so a peak may lie some per cent above the driver's rate.

Pages that leave the balloon in a reset are no deflation: the host has forgotten them already.

## Downtime and lost work

A workload that the OOM killer takes is **down** until it has been started again (\`restart\` in its trace; without that it
never is) and has all the anonymous memory that the trace wants it to have by then. Where the trace has lowered its demand
meanwhile, the lower one is to be met; while the trace wants less than a page of it, it is not down. Killed again while it
grows back, it stays down, and no time counts twice. Of several workloads the times add up: a run's downtime may be longer
than the run. A workload that misses memory and was not killed is not down: it waits, and that is the stall.

**Lost work** counts accesses to pages. A kill takes pages that the workload had filled: each has to be filled again, so
each is one lost access. While the workload is down, every touch of its working set that the trace wants
(\`touch\`) and that it does not make is lost; so is every read and write of its files (\`fileRead\`, \`fileWrite\`) until it
has been started again. Work that is only late, because the workload waited for memory, is not lost.

Both are 0 in a run without kills. Neither is among the stalls: a task that is dead does not wait.

## How a change of the target is followed

A change begins when the host's target changes, whether the driver knows or not (it asks once a second), and ends with the
next change or the end of the run. The **time to target** ends with the first work cycle after which the balloon has the
target's size. The **deficit** ${DEADLINES_S.join(", ")} seconds after the change is the target less the size as of the last
cycle that had ended by then.

A change that comes less than a second before the end, with no work cycle after it, is not counted: there was no time to
observe it in. A note says so. Another note says where a target goes above the guest's RAM.

## Figures

${table(["figure", "unit", "meaning"], figures)}
| \`objectives\` | object | What \`balloon-sim tune\` goes by, see [objectives.md](objectives.md); as CSV columns that begin with \`objective_\` |
| \`killed_workloads\` | list | ${KILLED_MEANING}; fields below |
| \`target_changes\` | list | ${CHANGES_MEANING}; fields below |
| \`notes\` | list | What a reader of the figures has to know: a driver that did not load, a coarse trace, unknown values |

## Fields of a change

${table(["field", "unit", "meaning"], fields)}

## Fields of a killed workload

${table(["field", "unit", "meaning"], killed)}
`;
}

/** The page about objectives, made from the table that the program itself uses. */
export function objectivesPage(): string {
  const rows = OBJECTIVES.map((o) => [code(o.name), o.unit, o.better, o.meaning, code(o.formula)]);
  return `# Objectives

What makes a run good or bad, as numbers that \`balloon-sim tune\` can minimise, maximise or keep within bounds. Every run
has all of them: \`balloon-sim run --summary\` prints them, \`sweep\`, \`tune\` and \`compare\` go by them. This page is made
from the program's own table (\`src/sim/measures/objectives.ts\`).

A value is that of one run. What it is worth is said by several [worlds](worlds.md): some of these values, the stalls above all,
change much where nothing has changed that anyone knows of. \`compare\`, the judgement of \`tune\` and \`study best\` go by medians over
five, and by whether differences are real.

## How to read the formulas

- S is the size of the balloon as of the last work cycle that has ended, T the host's target. Both hold until the next
  end of a cycle or change of the target: of a target that moves in a straight line, T takes the steps that the cycles see.
- Change i of the target comes at t_i and is over at u_i, when the next change comes or the run ends. A target that stands
  from the beginning is a change at time 0. r_i is the end of the first work cycle after which S = T; while a target moves
  on, nothing has been reached. Where that never happens before u_i, r_i is later than u_i.
- w runs over the trace's workloads. A_w is the anonymous memory that the trace wants workload w to have, in pages; w is down
  from an OOM kill until it has been started again and has A_w.
- [some] and [full] are 1 while the guest's pressure stall information says so, else 0; a bracket such as [S > T] is 1
  while its condition holds.

## Never undefined

A run in which the balloon never gets to its target has a \`time_to_target\` all the same: the change counts with the time
that it had, as if it had been reached at the last moment, and \`unreached\` says how often that happened. Reaching a
target is therefore never worse than missing it. The same holds for deficits: a change that is overtaken after 12 seconds
has its deficit of 30 seconds measured then. Compare runs of the same trace: how much time a change has is the trace's
doing. A change less than a second before the end, with no cycle after it, does not count: there was nothing to observe. Means
over changes are 0 where there are none. All values are rounded to six decimals.

## A killed workload

A guest without swap that is asked for too much hardly stalls: its workloads are killed. \`oom_kills\` counts that,
\`downtime\` and \`lost_work\` say what it cost ([summary.md](summary.md#downtime-and-lost-work) has the definitions). A
search that minimises a stall alone may find constants that kill: minimise \`downtime\`, too, or require its absence.

## Table

${table(["objective", "unit", "better", "meaning", "formula"], rows)}

Pages have 4 KiB; a page·s is a page for a second. \`driver_cpu\` comes from the trace's costs of a page and of a call
([traces.md](traces.md)); its formula stands for sums over the run.
`;
}

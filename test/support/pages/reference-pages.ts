import { type BalloonPolicy, DEFAULT_POLICY, POLICIES } from "../../../src/engine/index.ts";
import { HOST_FIGURES } from "../../../src/sim/hosts/measures/figures.ts";
import { OBJECTIVES } from "../../../src/sim/measures/objectives.ts";
import { DEADLINES_S } from "../../../src/sim/measures/target-follower.ts";
import { columnsOf, HOSTED_COLUMNS } from "../../../src/sim/output/columns.ts";
import {
  CHANGE_FIELDS,
  CHANGES_MEANING,
  FIGURES,
  KILLED_FIELDS,
  KILLED_MEANING,
} from "../../../src/sim/output/summary-figures.ts";
import { HOST_COLUMNS, VM_COLUMNS } from "../../../src/sim/report/host/host-columns.ts";
import type { RecordColumn } from "../../../src/sim/report/host/record-rows.ts";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const code = (text: string) => `\`${text}\``;

const COLUMN_HEAD = ["column", "unit", "kind", "default", "meaning"];

const columnRows = (columns: Pick<BalloonPolicy, "columns">["columns"] | ReturnType<typeof columnsOf>) =>
  columns.map((c) => [code(c.name), c.unit, c.kind, c.isDefault ? "yes" : "", c.meaning]);

const RECORD_HEAD = ["column", "unit", "kind", "meaning"];

const recordRows = (columns: readonly Pick<RecordColumn<never>, "name" | "unit" | "kind" | "meaning">[]) =>
  columns.map((c) => [code(c.name), c.unit, c.kind, c.meaning]);

/** A section with the own columns of a driver. */
const ownColumns = ({ name, columns }: BalloonPolicy): string => `
## ${name}

${table(COLUMN_HEAD, columnRows(columns))}
`;

/** The page about the columns of `balloon-sim run`, made from the table that the program itself uses. */
export function columnsPage(): string {
  const others = [...POLICIES.values()].filter((policy) => policy !== DEFAULT_POLICY);
  const own = DEFAULT_POLICY.columns.flatMap(({ name }) => (name.startsWith("stat_") ? [] : code(name)));
  return `# Columns

The columns of \`balloon-sim run\`. This page is generated from the program's own table
(\`src/sim/output/columns.ts\`); \`balloon-sim run --columns help\` prints the same, and with \`--driver NAME\` those of another
[driver](drivers.md).

A row shows the run at one time: at the end of a work cycle, at a sample (\`--every 5s\`), or, in the last row, at the
end of the run. The meaning of a value depends on the kind of its column:

- **level**: the value at that time.
- **interval**: the change since the previous row; in the first row, since the run began. The balloon's size grows by
  \`allocated - refused - freed\` from row to row, and the sum of the intervals of all rows is the total of the run.
- **total**: the sum since the run began.

Times in seconds have six decimals and are exact to the microsecond; all other values are whole numbers. A page has 4 KiB.
The counters of \`${DEFAULT_POLICY.name}\` (\`stat_…\`) have 32 bits and wrap to 0, as in the kernel; the
columns \`allocated\`, \`freed\` and \`refused\` do not wrap.

In guests with several processors, \`stall_some_us\` and \`stall_full_us\` are exact at whole seconds. Between them they are lower
bounds: rows closer than a second can show more pressure than the time between them ([model.md](model.md#pressure)).

${table(COLUMN_HEAD, columnRows(columnsOf(DEFAULT_POLICY)))}

# Columns of other drivers

The table above has the columns of a run of \`${DEFAULT_POLICY.name}\`. With another driver, that driver's own columns take the place of
${own.join(", ")} and the counters \`stat_…\`. Their counters begin when the driver is loaded, and do
not wrap.
${others.map(ownColumns).join("")}
# Rows of hosts

\`balloon-sim host HOST -o DIR\` writes these ([hosts.md](hosts.md#rows)).

## DIR/vms/NAME.csv

The columns of a run, above, and on request (\`--vm-columns default,host\`):

${table(COLUMN_HEAD, columnRows(HOSTED_COLUMNS))}

## DIR/host.csv

\`free\`, \`consumed\` and \`overhead\` add up to \`memory\`.

${table(RECORD_HEAD, recordRows(HOST_COLUMNS))}

## DIR/vms.csv

Totals count since the VM was powered on.

${table(RECORD_HEAD, recordRows(VM_COLUMNS))}
`;
}

/** The page about the figures of `balloon-sim run --summary`, made from the table that the program itself uses. */
export function summaryPage(): string {
  const figures = FIGURES.map((f) => [code(f.name), f.unit, f.meaning]);
  const fields = CHANGE_FIELDS.map((f) => [code(f.name), f.unit, f.meaning]);
  const killed = KILLED_FIELDS.map((f) => [code(f.name), f.unit, f.meaning]);
  return `# Figures of a summary

The figures that \`balloon-sim run --summary\` prints. This page is generated from the program's own table
(\`src/sim/output/summary-figures.ts\`). The names are those of \`--format json\`; a table omits the unit at the end of a
name and shows it with the value. CSV has the figures in the order of the table below, a column each, then the
objectives; \`oom_kills\`, \`downtime_s\` and \`lost_work_pages\` directly follow \`duration_s\`.

With \`--worlds N\` there is one summary for each [world](worlds.md) of each trace, one after the other, with \`world\`
before all other figures. The table has the median, the lowest and the highest of each figure of a trace, and begins
with the number of worlds with kills.

## How rates are measured

A work cycle moves its pages in a few milliseconds and then sleeps for the rest of its second. Its rate is therefore the
number of pages that it moved, divided by the time from its beginning to the beginning of the next cycle. The mean rate
is the sum of the pages divided by the sum of the times, over the cycles that moved pages; the peak is that of the
fastest cycle. The very last cycle of a run has no next one: its pages count, but it has no rate. The kernel's timer
wheel delays a cycle by a few milliseconds more or less than the previous one, so a peak may be some per cent above the
driver's rate.

Rates compare constants of one driver, not drivers. One that finishes early and sleeps has the pace of its second: \`vmw-balloon\`,
which can fill a balloon of a GiB in a tenth of a second, has 1 GiB/s at most. \`virtio-balloon\` has no period to wait for: its
rates are over the time in which it moves pages. The times to target and the deficits below, \`time_to_target\` and
\`reclaimed_area\` of the [objectives](objectives.md) compare drivers.

Pages that leave the balloon by a reset do not count as deflation: the host has forgotten them already.

## Downtime and lost work

A workload that the OOM killer kills is **down** until it has been restarted (\`restart\` in its trace; without it there
is no restart) and has all the anonymous memory that the trace then demands. If the trace has lowered its demand
meanwhile, the lower demand counts; while the trace demands less than a page of it, it is not down. If it is killed
again during regrowth, it stays down, and no time counts twice. The times of several workloads are summed: a run's
downtime may be longer than the run. A workload that lacks memory and was not killed is not down: it waits, which counts
as stall.

**Lost work** counts accesses to pages. A kill frees pages that the workload had filled: each must be filled again, so
each is one lost access. While the workload is down, every touch of its working set that the trace demands (\`touch\`) and
that it does not make is lost; so is every read and write of its files (\`fileRead\`, \`fileWrite\`) until it has been
restarted. Work that is only late, because the workload waited for memory, is not lost.

Both are 0 in a run without kills. Neither is part of the stalls: a dead task does not wait.

## How a change of the target is followed

A change begins when the host's target changes, before the driver knows it (it asks once a second), and ends with the
next change or the end of the run. The **time to target** ends with the first work cycle after which the balloon has the
target's size. The **deficit** ${DEADLINES_S.join(", ")} seconds after the change is the target minus the size at the end of the last
cycle until then.

A change less than a second before the end, without a work cycle after it, is not counted: there was no time to observe
it. A note reports it. Another note reports a target above the guest's RAM.

## Figures

${table(["figure", "unit", "meaning"], figures)}
| \`objectives\` | object | The values that \`balloon-sim tune\` optimizes, see [objectives.md](objectives.md); in CSV columns that begin with \`objective_\` |
| \`killed_workloads\` | list | ${KILLED_MEANING}; fields below |
| \`target_changes\` | list | ${CHANGES_MEANING}; fields below |
| \`notes\` | list | Facts that a reader of the figures needs: a driver that did not load, a coarse trace, unknown values |

## Fields of a change

${table(["field", "unit", "meaning"], fields)}

## Fields of a killed workload

${table(["field", "unit", "meaning"], killed)}
`;
}

/** The page about objectives, made from the table that the program itself uses. */
export function objectivesPage(): string {
  const rows = OBJECTIVES.map((o) => [code(o.name), o.unit, o.better, o.meaning, code(o.formula)]);
  const hostRows = HOST_FIGURES.map((o) => [code(o.name), o.unit, o.better, o.meaning]);
  return `# Objectives

Measures of a run, as numbers that \`balloon-sim tune\` can minimise, maximise or keep within bounds. Every run has all of
them: \`balloon-sim run --summary\` prints them, \`sweep\`, \`tune\` and \`compare\` use them. This page is generated from the
program's own table (\`src/sim/measures/objectives.ts\`).

A value belongs to one run. Its variation is shown by several [worlds](worlds.md): some of these values, above all the
stalls, change much although no known input has changed. \`compare\`, the judgement of \`tune\` and \`study best\` use medians
over five worlds, and whether differences are significant.

## How to read the formulas

- S is the size of the balloon at the end of the last work cycle, T the host's target. Both are constant until the next
  end of a cycle or change of the target: if a target moves in a straight line, T takes the steps that the cycles see.
- Change i of the target is at t_i and ends at u_i, when the next change comes or the run ends. An initial target is a
  change at time 0. r_i is the end of the first work cycle after which S = T; while a target moves, no target has been
  reached. If that does not happen before u_i, r_i is later than u_i.
- w runs over the trace's workloads. A_w is the anonymous memory that the trace demands for workload w, in pages; w is
  down from an OOM kill until it has been restarted and has A_w.
- [some] and [full] are 1 while the guest's pressure stall information reports a stall of that kind, else 0; a bracket
  such as [S > T] is 1 while its condition holds.

## Always defined

A run in which the balloon never reaches its target still has a \`time_to_target\`: the change counts with the time until
the next change or the end, as if it had been reached at the last moment, and \`unreached\` counts such changes. Reaching
a target is therefore never worse than missing it. The same holds for deficits: if the next change comes after 12
seconds, the deficit of 30 seconds is measured then. Compare runs of the same trace: the time of a change depends on the
trace. A change less than a second before the end, without a cycle after it, does not count: nothing was observed. Means
over changes are 0 without changes. All values are rounded to six decimals.

## A killed workload

A guest without swap whose target is too high hardly stalls: its workloads are killed. \`oom_kills\` counts that,
\`downtime\` and \`lost_work\` measure the consequences ([summary.md](summary.md#downtime-and-lost-work) has the
definitions). A search that minimises a stall alone may find constants that kill: minimise \`downtime\`, too, or require
its absence.

## Work that is not done

Pressure (PSI) says how long tasks stall, not what they miss: Linux counts a wait for swap only if the page was part of the
working set, and the processor's part of a fault never. In a recorded guest, a workload that wanted 100 MiB/s got 20 while PSI
counted a stall of a few hundredths of a second each second ([rate-control.md](rate-control.md)). \`undone_work\` is that loss: the touches,
reads and writes that the trace demands at its rates, less those that were made. Workloads make up for waits of up to a tenth of
a second. What an OOM kill costs is in \`lost_work\`.

## Table

${table(["objective", "unit", "better", "meaning", "formula"], rows)}

Pages have 4 KiB; a page·s is a page for a second. \`driver_cpu\` is computed from the trace's costs of a page and of a
call ([traces.md](traces.md)); its formula means sums over the run.

## Objectives of hosts

A run of a [host](hosts.md) has these instead, over all of its VMs that were on; \`sweep\`, \`tune\` and \`compare\` of hosts use
them ([tune.md](tune.md#hosts)). A VM loses time while tasks of its guest wait for memory (PSI some), while its threads wait for the host's
memory or swap, while workloads are down after OOM kills, and after the host has ended it. These may coincide, so a VM may lose more time than
passes.

${table(["objective", "unit", "better", "meaning"], hostRows)}

A share is a part of the time in which the VM was on.
`;
}

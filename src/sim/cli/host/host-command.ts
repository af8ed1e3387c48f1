import { STDOUT, warn } from "../../../common/cli/output.ts";
import { writeAll } from "../../../common/cli/text-sink.ts";
import { runHostPaced } from "../../hosts/run-host.ts";
import { scenarioOf } from "../../hosts/scenario/read.ts";
import { barTerminal, Progress } from "../jobs/progress.ts";
import { type HostOptions, hostDocument, untilRemark } from "./host-options.ts";
import type { RanHost } from "./ran-host.ts";

/** Executes `balloon-sim host`. */
export async function host(name: string | undefined, options: HostOptions): Promise<void> {
  const document = hostDocument(name, options);
  const { worlds = 1, until, format } = options;
  const progress = new Progress(worlds, () => barTerminal(options.quiet === true));
  const runs: RanHost[] = [];
  try {
    for (let world = 1; world <= worlds; world++) {
      const scenario = scenarioOf(document, world);
      const bounds = until === undefined ? {} : { untilUs: until };
      const result = await runHostPaced(scenario, bounds, (done) => progress.pace(world - 1, done));
      progress.note(world - 1, 1);
      runs.push({ scenario, result });
    }
  } finally {
    progress.stop();
  }
  const [first] = runs as [RanHost];
  const remark = untilRemark(until, first.scenario.durationUs);
  if (remark !== null) warn(`balloon-sim: warning: ${remark}`);
  const { summariesText } = await import("./summaries.ts");
  await writeAll(
    STDOUT,
    Buffer.from(summariesText(runs, { format: format ?? "table", worlds: options.worlds ?? null })),
  );
}

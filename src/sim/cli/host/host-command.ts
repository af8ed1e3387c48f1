import { STDOUT, warn } from "../../../common/cli/output.ts";
import { writeAll } from "../../../common/cli/text-sink.ts";
import { type HostDocument, scenarioOf } from "../../hosts/scenario/read.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { barTerminal, Progress } from "../jobs/progress.ts";
import { checkHostOptions, type HostOptions, hostDocument, untilRemark } from "./host-options.ts";
import { checkFiles, createParts, type HostParts } from "./parts.ts";
import type { RanHost } from "./ran-host.ts";
import { runHostWorlds } from "./run-worlds.ts";
import { hostNames } from "./several/host-names.ts";

/** Executes `balloon-sim host`. */
export async function host(args: readonly string[], options: HostOptions): Promise<void> {
  checkHostOptions(options);
  const { names, areSeveral } = hostNames(args);
  if (!areSeveral) return await oneHost(names[0], options);
  const { severalHosts } = await import("./several/several-hosts.ts");
  await severalHosts(names, options);
}

async function oneHost(name: string | undefined, options: HostOptions): Promise<void> {
  const document = hostDocument(name, options);
  const scenario = scenarioOf(document);
  checkFiles(name ?? "", scenario, document.source.folder, options);
  const parts = await createParts(scenario, options);
  try {
    const runs = await runWorlds(document, scenario, options, parts);
    await show(runs, options, parts);
    parts.rows?.commit();
    parts.svg?.commit();
  } finally {
    parts.rows?.discard();
    parts.svg?.discard();
  }
}

/** Runs the host in each world; what else is wanted is of the first one. */
async function runWorlds(
  document: HostDocument,
  scenario: HostScenario,
  options: HostOptions,
  { rows, observers }: HostParts,
): Promise<RanHost[]> {
  const progress = new Progress(options.worlds ?? 1, () => barTerminal(options.quiet === true));
  const first = { scenario, observers, specs: rows === null ? null : rows.spec.vms };
  try {
    return await runHostWorlds(document, options, first, (world, done) => progress.pace(world - 1, done));
  } finally {
    progress.stop();
  }
}

/** Prints what is wanted on standard output, and draws. */
async function show(runs: readonly RanHost[], options: HostOptions, parts: HostParts): Promise<void> {
  const [{ scenario, result }] = runs as [RanHost];
  const { until, worlds = null, format = "table" } = options;
  const remark = untilRemark(until, scenario.durationUs);
  if (remark !== null) warn(`balloon-sim: warning: ${remark}`);
  const texts: string[] = [];
  if (options.summary || (options.output === undefined && options.plot === undefined && !options.against)) {
    const { summariesText } = await import("./summaries.ts");
    texts.push(summariesText(runs, { format, worlds }));
  }
  if (parts.targets !== null) {
    const { againstMeasured } = await import("../../hosts/against/decided.ts");
    const { againstText } = await import("../against-text.ts");
    const { terminalWidth } = await import("../table.ts");
    texts.push(againstText(againstMeasured(scenario, parts.targets, result.durationUs), terminalWidth()));
  }
  if (parts.plot !== null && parts.svg === null) {
    const { hostPlotInTerminal } = await import("./plot-terminal.ts");
    const { terminalStyle } = await import("../draw-plots.ts");
    texts.push(hostPlotInTerminal(parts.plot.plot, await terminalStyle()));
  }
  if (texts.length > 0) await writeAll(STDOUT, Buffer.from(texts.join("\n")));
  if (parts.plot !== null && parts.svg !== null) {
    const { hostPlotAsSvg } = await import("./plot-svg.ts");
    await writeAll(parts.svg, Buffer.from(hostPlotAsSvg(parts.plot.plot)));
  }
  const isOfFirst = parts.rows !== null || parts.plot !== null || parts.targets !== null;
  if (isOfFirst && (worlds ?? 1) > 1)
    warn(`balloon-sim: rows, pictures and --against are of world 1 of ${worlds}, the file as written`);
}

/** The pictures of a host's run, in the width that the page has for them. */
import { formatSize } from "../../../../common/units.ts";
import type { HostResult } from "../../../hosts/measures/results.ts";
import { memoryChart, reclaimChart, vmChart } from "../../../report/host/charts.ts";
import type { HostCurves, VmCurves } from "../../../report/host/curves.ts";
import { worstFirst } from "../../../report/host/summary.ts";
import { shortTime } from "../../../report/host/words.ts";
import { WIDE } from "../../../report/html/wide-area.ts";
import type { Pictures } from "../protocol.ts";
import type { PageRun } from "./page-run.ts";

/** Space beside the area within the axes. */
const BESIDE = 80;
const LEAST_WIDTH = 200;
/** VMs with pictures of their own. */
const MOST_VMS = 24;

/**
 * Draws the curves of a run, which may go on.
 * @param width in CSS pixels
 */
export function picturesOf(
  { curves, moments, ran }: Pick<PageRun, "curves" | "moments" | "ran">,
  width: number,
): Pictures {
  const wide = { ...WIDE, width: Math.max(LEAST_WIDTH, Math.round(width) - BESIDE) };
  return {
    moments,
    memory: memoryChart(curves, wide).text,
    reclaim: reclaimChart(curves, wide).text,
    vms: ran === null ? [] : vmPictures(curves, ran.result),
  };
}

const vmPictures = (curves: HostCurves, { vms }: HostResult): Pictures["vms"] =>
  worstFirst(vms)
    .slice(0, MOST_VMS)
    .map((vm) => ({
      name: vm.name,
      caption: `${formatSize(vm.memory)}, lost ${shortTime(vm.lostUs)}`,
      picture: vmChart(curves.vms[vms.indexOf(vm)] as VmCurves, curves).text,
    }));

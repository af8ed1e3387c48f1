import { expect, test } from "vitest";
import type { CalibratedCost, Calibration, Standing } from "../../../src/sim/calibrate/calibrate.ts";
import { calibrationText } from "../../../src/sim/cli/print-calibration.ts";
import { bundledMachine } from "../../../src/sim/trace/machines.ts";
import type { MachineProfile } from "../../../src/sim/trace/types.ts";

const lab = bundledMachine("lab") as MachineProfile;

/** What is said of a calibration with one cost, besides the table and the scores. */
function notesOf(status: CalibratedCost["status"], curves: number, rejectedScore: number | null = null): string[] {
  const standing: Standing = { score: 1, within: { curves, ofCurves: 8, results: 1, ofResults: 1 }, scenarios: [] };
  const cost: CalibratedCost = { field: "unmapNs", baseNs: 8200, fittedNs: 8200, intervalNs: null, status };
  const calibration: Calibration = { costs: [cost], before: standing, after: standing, rejectedScore };
  const lines = calibrationText(calibration, lab, []).split("\n");
  return lines.slice(lines.findIndex((line) => line.startsWith("Assumed")) + 1).filter((line) => line !== "");
}

test("a fit that is not better than the base is said in one line, with its score and what may help", () => {
  expect(notesOf("kept", 2, 1.03)).toEqual([
    "The fit is not better than lab (score 1.030): the costs of lab are kept; another base may be nearer to this machine (--base, such as server).",
  ]);
});

test("runs that tell no cost have the true reason: no effect, a base that is far off, or too little reclaim", () => {
  const none = "No cost is identifiable from these runs";
  expect(notesOf("without effect", 8)).toEqual([
    `${none}: none has an effect on them; record scenarios in which the machine reclaims memory.`,
  ]);
  expect(notesOf("kept", 2)[0]).toBe(
    `${none} with this base: the replays are far from them; another base may be nearer to this machine (--base, such as server).`,
  );
  expect(notesOf("kept", 8)).toEqual([
    `${none}: other values predict them as well; record scenarios in which the machine waits longer for reclaim, and repetitions.`,
  ]);
  expect(notesOf("identified", 8)).toEqual([]);
});

/** The table of traces, which follows the selected trial if its values for each trace are known. */
import type { TracesModel } from "../model.ts";
import { changeText, formatNumber, trialName, verdictOf } from "../numbers.ts";
import { unpack } from "../unpack.ts";
import { verdictLine } from "../verdict.ts";
import { byId } from "./dom.ts";
import { REFERENCE, type Selection } from "./trials.ts";

/** Cells before the first goal, and cells of each goal: the reference, the trial, the change. */
const LEADING = 2;
const PER_GOAL = 3;

/** Makes the table follow the selection. */
export function followTraces(model: TracesModel, selection: Selection): void {
  const values = model.values.map(unpack);
  const rows = [...byId("traces-table").querySelectorAll("tbody tr")];
  const lines = [...byId("verdicts").children];
  const names = document.querySelectorAll("[data-shown]");
  const known = byId("traces-known");
  const { goals } = selection.trials;
  const valuesOf = (goal: number, place: number) =>
    Array.from(values[goal]?.subarray(place * model.traces.length, (place + 1) * model.traces.length) ?? []);

  selection.onTrial(() => {
    const { trial } = selection;
    const place = model.trials.indexOf(trial);
    known.hidden = place !== -1;
    known.textContent = `Trial ${trial} is not on the front and was not judged: only the journal has its results on each trace.`;
    if (place === -1) return;
    for (const name of names) name.textContent = trialName(trial);
    goals.forEach(({ name, better }, goal) => {
      const [own, references] = [valuesOf(goal, place), valuesOf(goal, model.trials.indexOf(REFERENCE))];
      rows.forEach((row, trace) => {
        const [value = Number.NaN, reference = Number.NaN] = [own[trace], references[trace]];
        const cell = row.children[LEADING + PER_GOAL * goal + 1] as HTMLElement;
        const change = row.children[LEADING + PER_GOAL * goal + 2] as HTMLElement;
        cell.textContent = formatNumber(value);
        change.textContent = changeText(value, reference);
        change.className = `n ${verdictOf(value, reference, better ?? "less") ?? "soft"}`;
      });
      const contest = {
        objective: name,
        better: better ?? "less",
        traces: model.traces,
        values: own,
        references,
      } as const;
      (lines[goal] as HTMLElement).textContent = verdictLine(contest);
    });
  });
}

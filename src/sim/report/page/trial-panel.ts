/** The details of the selected trial, beside the front. */

import { fileArgument, shellLine } from "../../../common/shell-line.ts";
import { changeText, formatNumber, verdictOf } from "../numbers.ts";
import { element } from "./dom.ts";
import { REFERENCE, type Selection, type Variable } from "./trials.ts";

const STATES = {
  front: "on the front",
  reference: "reference",
  feasible: "not on the front",
  infeasible: "misses a requirement",
  dropped: "dropped early",
  failed: "failed",
} as const;

/** Shows the selected trial in the element, and updates it when another one is selected. */
export function showTrialPanel(host: HTMLElement, selection: Selection): void {
  const show = () => {
    host.replaceChildren(...panel(selection));
  };
  selection.onTrial(show);
  show();
}

function panel({ trials, trial }: Selection): HTMLElement[] {
  const group = trials.group(trial);
  const badges = [
    STATES[group],
    ...(trial === trials.pick ? ["default pick"] : []),
    ...(trial === trials.knee ? ["knee"] : []),
  ];
  const title = element("h3", {}, trial === REFERENCE ? "Trial 0, the reference" : `Trial ${trial}`);
  const others = trials.objectives.filter((one) => !trials.goals.includes(one));
  const parts = [
    title,
    element("div", { class: "badges" }, ...badges.map((text) => element("span", { class: "badge" }, text))),
    element("p", { class: "soft" }, "The search's own values, on the tuning traces"),
    values("Goals", trials.goals, trial),
    values("Constants", trials.constants, trial),
    element("details", {}, element("summary", {}, "Other objectives"), values("", others, trial)),
  ];
  if (trial !== REFERENCE) {
    const command = shellLine([
      "balloon-sim",
      "study",
      "best",
      fileArgument(trials.file),
      "--pick",
      String(trial),
      "-o",
      "rates.json",
    ]);
    parts.push(
      element("h4", {}, "Its rates as a file, without what its gain does not need"),
      element("pre", {}, element("code", {}, command)),
    );
  }
  return parts;
}

function values(title: string, variables: readonly Variable[], trial: number): HTMLElement {
  const rows = variables.map(({ name, unit, values: all, better }) => {
    const value = all[trial] as number;
    const reference = all[REFERENCE] as number;
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      element(
        "td",
        { class: "n", title: unit },
        better === null ? formatNumber(value) : `${formatNumber(value)} ${unit}`,
      ),
      element(
        "td",
        { class: `n ${(better === null ? null : verdictOf(value, reference, better)) ?? "soft"}` },
        trial === REFERENCE ? "" : changeText(value, reference),
      ),
    );
  });
  const body = element("tbody", {}, ...rows);
  return element("div", {}, ...(title === "" ? [] : [element("h4", {}, title)]), element("table", {}, body));
}

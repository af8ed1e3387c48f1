/** The charts of a study: they share the selected trial and the filters. */
import type { StudyModel } from "../model.ts";
import { formatNumber } from "../numbers.ts";
import { byId, element } from "./dom.ts";
import { filterControls, lineStep, ParallelCoordinates } from "./parallel.ts";
import { Scatter } from "./scatter.ts";
import { foldedTable, type TableColumn } from "./table.ts";
import { followTraces } from "./traces-view.ts";
import { showTrialPanel } from "./trial-panel.ts";
import { REFERENCE, Selection, Trials, type Variable } from "./trials.ts";

/** Draws the charts of a study into the page, and handles mouse and keys. */
export function showStudy(model: StudyModel): void {
  const trials = new Trials(model);
  const selection = new Selection(trials);
  showFront(selection);
  showTrialPanel(byId("trial"), selection);
  showParallel(selection);
  showEffects(selection);
  byId("all-trials").append(trialsTable("All trials", selection));
  followTraces(model.byTrace, selection);
  followSelection(selection);
}

function showFront(selection: Selection): void {
  const { goals, objectives, constants, numbers } = selection.trials;
  const all = [...objectives, ...constants, numbers];
  // With a single goal the chart shows the course of the search.
  const [x = numbers, y = numbers] = goals.length > 1 ? goals : [numbers, goals[0]];
  const chart = new Scatter(x, y, selection, { height: 440, label: "Trials by two objectives" });
  byId("front-chart").append(chart.element);
  const [across, up] = [byId("front-x"), byId("front-y")] as HTMLSelectElement[] as [
    HTMLSelectElement,
    HTMLSelectElement,
  ];
  fillSelect(across, all, x);
  fillSelect(up, all, y);
  const change = () => chart.setVariables(all[+across.value] as Variable, all[+up.value] as Variable);
  for (const select of [across, up]) select.addEventListener("change", change);
}

function showParallel(selection: Selection): void {
  const variables = [...selection.trials.constants, ...selection.trials.goals];
  byId("parallel-chart").append(new ParallelCoordinates(variables, selection).element);
  byId("filters").append(filterControls(variables, selection));
  byId("clear-filters").addEventListener("click", () => selection.clearFilters());
  const status = byId("filter-status");
  const show = () => {
    const { visibleCount, trials } = selection;
    const notable = new Set([REFERENCE, ...trials.front]);
    const step = lineStep(visibleCount - [...notable].filter((trial) => selection.isVisible(trial)).length);
    const drawn = step === 1 ? "" : `; of those beside the front one in ${step} is drawn as a line`;
    status.textContent = `${formatNumber(visibleCount)} of ${formatNumber(trials.count)} trials shown${drawn}`;
  };
  selection.onFilter(show);
  show();
}

/** Each constant against one objective at a time. */
function showEffects(selection: Selection): void {
  const { constants, objectives, goals } = selection.trials;
  const first = goals[0] ?? (objectives[0] as Variable);
  const charts = constants.map((constant) => {
    const label = `${constant.name} against an objective`;
    const chart = new Scatter(constant, first, selection, { height: 230, label });
    byId("effect-charts").append(
      element("figure", {}, element("figcaption", {}, element("h3", {}, constant.name)), chart.element),
    );
    return { constant, chart };
  });
  const select = byId("effect") as HTMLSelectElement;
  fillSelect(select, objectives, first);
  select.addEventListener("change", () => {
    for (const { constant, chart } of charts) chart.setVariables(constant, objectives[+select.value] as Variable);
  });
}

function fillSelect(select: HTMLSelectElement, variables: readonly Variable[], chosen: Variable): void {
  select.replaceChildren(...variables.map(({ name }, i) => element("option", { value: i }, name)));
  select.value = String(variables.indexOf(chosen));
}

/** The table behind the charts. */
function trialsTable(caption: string, selection: Selection): HTMLElement {
  const { trials } = selection;
  const column = ({ name, unit, values }: Variable): TableColumn => ({
    title: unit === "" ? name : `${name}, ${unit}`,
    value: (row) => values[row] as number,
    text: (row) => formatNumber(values[row] as number),
    isNumber: true,
  });
  return foldedTable(caption, () => ({
    caption: "Every trial, with the search's own values; press a heading to sort by it",
    rows: () => trials.count,
    onChoose: (row) => {
      selection.trial = row;
    },
    columns: [
      { title: "Trial", value: (row) => row, text: String, isNumber: true },
      { title: "State", value: (row) => trials.group(row), text: (row) => trials.group(row), isNumber: false },
      ...trials.goals.map(column),
      ...trials.constants.map(column),
      ...trials.objectives.filter((one) => !trials.goals.includes(one)).map(column),
    ],
  }));
}

/** Makes rows of the page's tables select their trials, and highlights the selected one. */
function followSelection(selection: Selection): void {
  const rows = [...document.querySelectorAll<HTMLElement>("tr[data-trial]")];
  const trialOf = (row: HTMLElement) => Number(row.dataset.trial);
  for (const row of rows) {
    row.tabIndex = 0;
    const choose = () => {
      selection.trial = trialOf(row);
    };
    row.addEventListener("click", choose);
    row.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose();
    });
  }
  const spoken = byId("spoken-trial");
  const show = (isFirst: boolean) => {
    const { trial, trials } = selection;
    for (const row of rows) row.setAttribute("aria-selected", String(trialOf(row) === trial));
    if (isFirst) return;
    const name = trial === REFERENCE ? "The reference" : `Trial ${trial}`;
    const values = trials.goals.map(
      (goal) => `${goal.name} ${formatNumber(goal.values[trial] as number)} ${goal.unit}`,
    );
    spoken.textContent = `${name}: ${values.join(", ")}`;
  };
  selection.onTrial(() => show(false));
  show(true);
}

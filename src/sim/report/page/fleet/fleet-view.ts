/** The page of a fleet: table, filters, picture, and what is shown of one guest. */

import { fileArgument, shellLine } from "../../../../common/shell-line.ts";
import { sparkPath } from "../../fleet/sparkline.ts";
import { stripText } from "../../fleet/texts.ts";
import type { FleetModel } from "../../model.ts";
import { byId, element, svg, write } from "../dom.ts";
import { whenSeen } from "../when-seen.ts";
import { FleetChoice } from "./fleet.ts";
import { FleetTable } from "./fleet-table.ts";
import { HeatMap } from "./heat-map.ts";

/** Draws the table and the picture into the page, and handles mouse and keys. */
export function showFleet(model: FleetModel): void {
  const choice = new FleetChoice(model);
  const table = new FleetTable(choice);
  byId("fleet-table").replaceChildren(table.element);
  startControls(choice);
  const guest = byId("fleet-guest");
  choice.onGuest((run) => {
    showGuest(guest, choice, run);
    table.focus(run);
  });
  const spoken = byId("spoken");
  const heat = byId("heat");
  whenSeen(heat, () => {
    const map = new HeatMap(choice, (text) => {
      write(spoken, text);
    });
    heat.append(map.element);
    map.draw();
  });
}

function startControls(choice: FleetChoice): void {
  const { model } = choice;
  const status = byId("fleet-status");
  const write = () => {
    status.textContent = `${choice.order.length} of ${model.labels.length} guests`;
  };
  const name = byId("fleet-name") as HTMLInputElement;
  name.addEventListener("input", () => {
    choice.name = name.value;
  });
  const groups = byId("fleet-group") as HTMLSelectElement;
  groups.append(
    element("option", { value: "" }, "all"),
    ...model.groups.map(({ title, runs }, i) => element("option", { value: i }, `${title} (${runs.length})`)),
  );
  groups.addEventListener("change", () => {
    choice.group = groups.value === "" ? null : Number(groups.value);
  });
  const strips = byId("fleet-strip") as HTMLSelectElement;
  strips.append(...model.strips.map(({ title }, i) => element("option", { value: i }, title)));
  strips.addEventListener("change", () => {
    choice.strip = Number(strips.value);
  });
  choice.onChange(write);
  write();
  byId("fleet-controls").hidden = false;
}

/** Everything that the page has about one guest, and the command that shows more. */
function showGuest(to: HTMLElement, { model, columns, curves }: FleetChoice, run: number): void {
  const numbers = columns.map(({ title, textOf }) => `${title} ${textOf(run)}`);
  const parts = curves.flatMap((one) => {
    const picture = svg(
      "svg",
      { class: "strip", viewBox: "0 0 1000 40", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("path", { d: sparkPath(one.levels(run), 255, model.intervals, 1000, 40) }),
    );
    const { title, kind } = one.strip;
    return [element("dt", {}, `${title}, at most ${stripText(kind, one.mostOf(run))}`), element("dd", {}, picture)];
  });
  const command = `${shellLine(["balloon-sim", "report", fileArgument(model.files[run] as string)])}${model.options} -o guest.html`;
  to.hidden = false;
  to.replaceChildren(
    element("h3", {}, model.labels[run] as string),
    element("p", {}, numbers.join(" · ")),
    element("dl", {}, ...parts),
    element("p", { class: "soft" }, "Its own page:"),
    element("pre", {}, element("code", {}, command)),
  );
}

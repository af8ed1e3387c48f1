/** The code of a report's page. */
import type { PageData } from "../model.ts";
import { byId } from "./dom.ts";
import { showFleet } from "./fleet/fleet-view.ts";
import { showRuns } from "./runs-view.ts";
import { showStudy } from "./study-view.ts";
import { startTheme } from "./theme.ts";

const data = JSON.parse(byId("data").textContent) as PageData;
startTheme(byId("theme") as HTMLButtonElement);
if (data.runs !== null) showRuns(data.runs);
if (data.study !== null) showStudy(data.study);
if (data.fleet !== undefined) showFleet(data.fleet);

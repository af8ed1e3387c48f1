/** The code of the page of hosts. */
import { byId } from "../../../report/page/dom.ts";
import { startTheme } from "../../../report/page/theme.ts";
import type { HostExploreData } from "../../hosts/model.ts";
import { HostExplorer } from "./host-explorer.ts";

const data = JSON.parse(byId("data").textContent) as HostExploreData;
startTheme(byId("theme") as HTMLButtonElement);
new HostExplorer(data).start();

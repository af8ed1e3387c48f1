/** The code of the explorer's page. */
import { byId } from "../../report/page/dom.ts";
import { startTheme } from "../../report/page/theme.ts";
import type { ExploreData } from "../model.ts";
import { Explorer } from "./explorer.ts";

const data = JSON.parse(byId("data").textContent) as ExploreData;
startTheme(byId("theme") as HTMLButtonElement);
new Explorer(data).start();

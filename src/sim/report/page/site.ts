/** The code of the documents' pages. */
import { byId } from "./dom.ts";
import { startTheme } from "./theme.ts";

startTheme(byId("theme") as HTMLButtonElement);

// On a narrow screen the list of documents is folded.
const list = document.querySelector<HTMLDetailsElement>(".side > details");
if (list !== null && matchMedia("(max-width:820px)").matches) list.open = false;

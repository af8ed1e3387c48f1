/** The buttons and lists at the top of the page of hosts, and below its results. */
import { byId, element } from "../../../report/page/dom.ts";
import type { HostExploreData } from "../../hosts/model.ts";
import type { HostExport } from "../../hosts/protocol.ts";
import { startButtons } from "../controls.ts";

/** What the controls do. */
export interface HostActions {
  /** Shows a host as in its file. @param key of it */
  openHost(key: string): void;
  choosePolicy(name: string): void;
  /** The host as in its file. */
  reset(): void;
  /** What is shown is what results are compared with; the host as in its file; the settings of what they are compared with. */
  pin(): void;
  unpin(): void;
  showPinned(): void;
  take(what: HostExport): void;
  copyLink(): void;
}

/** Fills the lists, and connects the controls. */
export function startHostControls({ hosts, policies }: HostExploreData, actions: HostActions): void {
  const select = (id: string): HTMLSelectElement => byId(id) as HTMLSelectElement;
  const [host, policy] = [select("host"), select("policy")];
  host.replaceChildren(...hosts.map(({ key }) => element("option", { value: key }, key)));
  host.addEventListener("change", () => actions.openHost(host.value));
  policy.replaceChildren(...policies.map(({ name }) => element("option", { value: name }, name)));
  policy.addEventListener("change", () => actions.choosePolicy(policy.value));
  startButtons({
    reset: () => actions.reset(),
    pin: () => actions.pin(),
    unpin: () => actions.unpin(),
    "to-pinned": () => actions.showPinned(),
    "save-file": () => actions.take("file"),
    "save-rows": () => actions.take("rows"),
    "copy-link": () => actions.copyLink(),
  });
}

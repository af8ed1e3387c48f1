/** The buttons and lists at the top of the page, and below the results. */
import { byId, element } from "../../report/page/dom.ts";
import type { ExploreData } from "../model.ts";
import type { Export } from "../protocol.ts";

/** What the controls do. */
export interface Actions {
  openTrace(name: string): void;
  chooseDriver(name: string): void;
  /** The trace as it is, with the driver's own values. */
  reset(): void;
  /** What is shown is what results are compared with; the trace as it is; the settings of what they are compared with. */
  pin(): void;
  unpin(): void;
  showPinned(): void;
  /** Moves the cursor by rows. */
  step(by: number): void;
  take(what: Export): void;
  saveRates(): void;
  copyLink(): void;
}

/** Fills the lists, and connects the controls. */
export function startControls({ drivers }: ExploreData, actions: Actions): void {
  const select = (id: string): HTMLSelectElement => byId(id) as HTMLSelectElement;
  const [trace, driver] = [select("trace"), select("driver")];
  trace.addEventListener("change", () => actions.openTrace(trace.value));
  driver.replaceChildren(...drivers.map(({ name }) => element("option", { value: name }, name)));
  driver.addEventListener("change", () => actions.chooseDriver(driver.value));
  const buttons: Readonly<Record<string, () => void>> = {
    reset: () => actions.reset(),
    pin: () => actions.pin(),
    unpin: () => actions.unpin(),
    "to-pinned": () => actions.showPinned(),
    "row-back": () => actions.step(-1),
    "row-on": () => actions.step(1),
    "save-trace": () => actions.take("trace"),
    "save-rows": () => actions.take("rows"),
    "save-picture": () => actions.take("picture"),
    "save-rates": () => actions.saveRates(),
    "copy-link": () => actions.copyLink(),
  };
  startButtons(buttons);
}

/** Connects buttons, by their ids, and the box that shows the meanings of all settings. */
export function startButtons(actions: Readonly<Record<string, () => void>>): void {
  for (const [id, action] of Object.entries(actions)) byId(id).addEventListener("click", action);
  const meanings = byId("meanings") as HTMLInputElement;
  meanings.addEventListener("change", () => byId("settings").classList.toggle("with-meanings", meanings.checked));
}

/** How what is shown and what is pinned are related: the same, and as without changes. */
export interface PinState {
  readonly isPinned: boolean;
  readonly isPinPlain: boolean;
  readonly isPlain: boolean;
}

/** Disables the buttons that would change nothing. */
export function showPinButtons({ isPinned, isPinPlain, isPlain }: PinState): void {
  const disabled = { pin: isPinned, "to-pinned": isPinned, unpin: isPinPlain, reset: isPlain };
  for (const [id, is] of Object.entries(disabled)) (byId(id) as HTMLButtonElement).disabled = is;
}

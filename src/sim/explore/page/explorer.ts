/** The page: joins settings, charts and results. */

import { byId, element } from "../../report/page/dom.ts";
import { ChartGroup } from "../../report/page/time-charts.ts";
import { type RunRows, TimeData } from "../../report/page/time-data.ts";
import type { DriverModel, ExploreData } from "../model.ts";
import type { CurveData, FromWorker, RunRequest, TraceFacts } from "../protocol.ts";
import { CursorPanel } from "./cursor-panel.ts";
import { killsOf, rowsOf, withPinned } from "./curves.ts";
import { commandOf, fileOf, ratesText, save, showCommand } from "./downloads.ts";
import { Results } from "./results.ts";
import { Runner, type Shown } from "./runner.ts";
import { showSettings } from "./settings.ts";
import { areEqual, decodeView, encodeView, plainState, requestOf, type State } from "./state.ts";
import { WorkerClient } from "./worker-client.ts";

/** Height of the first chart; on a telephone it stays in view above the settings. */
const MAIN_HEIGHT = matchMedia("(max-width:820px)").matches ? 210 : 300;
const HEIGHT = 170;
/** Rest before the address is changed, in milliseconds: browsers limit how often. */
const ADDRESS_MS = 250;

const EMPTY: CurveData = { names: ["time_s"], columns: [new Float64Array()], rows: 0 };

/** The state of the page. */
export class Explorer {
  readonly #data: ExploreData;
  readonly #worker = new WorkerClient((message) => this.#take(message));
  readonly #facts = new Map<string, TraceFacts>();
  readonly #results: Results;
  readonly #cursor = new CursorPanel();
  readonly #runner: Runner;
  readonly #charts = new ChartGroup(new TimeData([rowsOf(EMPTY)]), []);
  #state: State;
  #pin: State;
  #at: number | null = null;
  #driver: DriverModel | null = null;
  #rows: RunRows = rowsOf(EMPTY);
  #pinned: RunRows | null = null;
  #pinnedObjectives: readonly number[] | null = null;
  /** What the present charts draw: the driver, and whether there is a pinned run. */
  #drawn = "";
  #lastShown: Shown | null = null;
  /** Whether the cursor moves because the data have changed. */
  #isDrawing = false;
  #addressTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(data: ExploreData) {
    this.#data = data;
    this.#results = new Results(data.objectives);
    this.#state = plainState(data.traces[0]?.name ?? "");
    this.#pin = this.#state;
    this.#runner = new Runner(this.#worker, {
      shown: (run) => this.#show(run),
      pinned: (curves, objectives) => this.#showPinned(curves, objectives),
      worlds: (shown, pinned) => this.#results.show(shown, pinned),
      failed: (message) => this.#say(message, true),
      began: () => byId("status").classList.add("busy"),
    });
  }

  /** Fills the page. */
  start(): void {
    this.#startControls();
    for (const { name, text } of this.#data.traces) this.#worker.send({ kind: "trace", key: name, name, text });
    this.#charts.onChange = () => this.#pointed();
    addEventListener("hashchange", () => this.#goToAddress());
    this.#goToAddress();
  }

  #startControls(): void {
    const traces = byId("trace") as HTMLSelectElement;
    traces.replaceChildren(...this.#data.traces.map(({ name }) => element("option", { value: name }, name)));
    traces.addEventListener("change", () => this.#goTo(plainState(traces.value), null));
    const drivers = byId("driver") as HTMLSelectElement;
    drivers.replaceChildren(...this.#data.drivers.map(({ name }) => element("option", { value: name }, name)));
    drivers.addEventListener("change", () => {
      const driver = drivers.value === this.#ownDriver ? null : drivers.value;
      this.#change((state) => ({ ...state, driver, rates: {} }));
      this.#showSettings();
    });
    byId("reset").addEventListener("click", () => {
      this.#change(({ trace }) => plainState(trace));
      this.#showSettings();
    });
    byId("pin").addEventListener("click", () => this.#setPin(this.#state));
    byId("unpin").addEventListener("click", () => this.#setPin(plainState(this.#state.trace)));
    byId("to-pinned").addEventListener("click", () => {
      this.#change(() => this.#pin);
      this.#showSettings();
    });
    byId("row-back").addEventListener("click", () => this.#charts.step(-1));
    byId("row-on").addEventListener("click", () => this.#charts.step(1));
    for (const what of ["trace", "rows", "picture"] as const) {
      byId(`save-${what}`).addEventListener("click", () => {
        this.#worker.send({ kind: "export", id: this.#worker.newId(), request: this.#request, what });
      });
    }
    byId("save-rates").addEventListener("click", () => {
      if (this.#driver !== null) save("rates.json", ratesText(this.#driver, this.#state), "application/json");
    });
    byId("copy-link").addEventListener("click", () => {
      history.replaceState(null, "", `#${this.#address}`);
      navigator.clipboard?.writeText(location.href).then(
        () => this.#say("The link is copied.", false),
        () => this.#say("The link is in the address bar.", false),
      );
    });
    const meanings = byId("meanings") as HTMLInputElement;
    meanings.addEventListener("change", () => byId("settings").classList.toggle("with-meanings", meanings.checked));
  }

  #goToAddress(): void {
    const view = decodeView(location.hash);
    const known = view !== null && this.#data.traces.some(({ name }) => name === view.shown.trace);
    if (view === null || !known) return this.#goTo(this.#state, null);
    if (encodeView({ ...view }) === this.#address) return;
    this.#at = view.at;
    this.#goTo(view.shown, view.pinned);
  }

  /** Shows a state. @param pin null: the trace as it is */
  #goTo(state: State, pin: State | null): void {
    this.#state = state;
    this.#pin = pin ?? plainState(state.trace);
    this.#pinned = null;
    this.#pinnedObjectives = null;
    (byId("trace") as HTMLSelectElement).value = state.trace;
    const facts = this.#facts.get(state.trace);
    if (facts !== undefined) this.#begin();
  }

  /** Shows the settings of the present trace, and runs it. */
  #begin(): void {
    this.#showSettings();
    this.#run();
    this.#runner.pin(requestOf(this.#pin, this.#ownDriver), areEqual(this.#pin, this.#state));
  }

  get #ownDriver(): string {
    return this.#facts.get(this.#state.trace)?.driver ?? this.#data.defaultDriver;
  }

  #showSettings(): void {
    const facts = this.#facts.get(this.#state.trace);
    if (facts === undefined) return;
    const name = this.#state.driver ?? this.#ownDriver;
    const driver = this.#data.drivers.find((one) => one.name === name) ?? this.#data.drivers[0];
    if (driver === undefined) return;
    (byId("driver") as HTMLSelectElement).value = driver.name;
    byId("about").textContent = facts.description;
    if (this.#driver !== driver) this.#cursor.setDriver(driver);
    this.#driver = driver;
    showSettings(this.#state, driver, facts, (change) => this.#change(change));
  }

  #change(change: (state: State) => State): void {
    this.#state = change(this.#state);
    this.#run();
  }

  get #request(): RunRequest {
    return requestOf(this.#state, this.#ownDriver);
  }

  #run(): void {
    this.#runner.run(this.#request);
    this.#keepAddress();
    showCommand(this.#state);
    const isPinned = areEqual(this.#state, this.#pin);
    for (const id of ["pin", "to-pinned"]) (byId(id) as HTMLButtonElement).disabled = isPinned;
    (byId("unpin") as HTMLButtonElement).disabled = areEqual(this.#pin, plainState(this.#pin.trace));
    (byId("reset") as HTMLButtonElement).disabled = areEqual(this.#state, plainState(this.#state.trace));
  }

  #setPin(state: State): void {
    this.#pin = state;
    const isShown = areEqual(state, this.#state) && this.#lastShown?.objectives != null;
    this.#pinned = isShown ? this.#rows : null;
    this.#pinnedObjectives = isShown ? (this.#lastShown?.objectives ?? null) : null;
    this.#runner.pin(requestOf(state, this.#ownDriver), isShown);
    this.#run();
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case "facts":
        this.#facts.set(message.key, message.facts);
        if (message.key === this.#state.trace) this.#begin();
        return;
      case "refused":
        return this.#say(message.message, true);
      case "exported": {
        const { name, type } = fileOf(message.what, this.#state);
        return save(name, message.text, type);
      }
      case "curves":
      case "worlds":
      case "failed":
        return this.#runner.take(message);
    }
  }

  #show(run: Shown): void {
    this.#rows = rowsOf(run.data);
    this.#lastShown = run;
    if (run.objectives !== null) {
      const isPinned = areEqual(this.#state, this.#pin);
      if (isPinned && this.#pinned === null) {
        this.#pinned = this.#rows;
        this.#pinnedObjectives = run.objectives;
        this.#runner.pin(requestOf(this.#pin, this.#ownDriver), true);
      }
      this.#results.show(
        [run.objectives],
        isPinned || this.#pinnedObjectives === null ? null : [this.#pinnedObjectives],
      );
    }
    this.#draw();
    // For tests: what the curves show.
    if (run.objectives !== null) byId("curves").dataset.shown = commandOf(this.#state);
    this.#say(statusOf(run), false, run.progress);
    byId("notes").replaceChildren(...run.notes.map((note) => element("li", {}, note)));
    byId("notes").hidden = run.notes.length === 0;
  }

  #showPinned(curves: CurveData, objectives: readonly number[]): void {
    this.#pinned = rowsOf(curves);
    this.#pinnedObjectives = objectives;
    const now = this.#lastShown?.objectives;
    if (now != null) this.#results.show([now], [objectives]);
    this.#draw();
  }

  #draw(): void {
    const driver = this.#driver;
    if (driver === null) return;
    const pinned = areEqual(this.#state, this.#pin) ? null : this.#pinned;
    const isOver = this.#lastShown?.objectives != null;
    const drawn = `${driver.name} ${pinned !== null}`;
    const kills = killsOf(this.#rows);
    const data = new TimeData(pinned === null ? [this.#rows] : [this.#rows, pinned]);
    this.#isDrawing = true;
    this.#charts.setData(data, kills, drawn === this.#drawn);
    if (drawn !== this.#drawn) {
      this.#charts.clear();
      const panels =
        pinned === null ? driver.panels : withPinned(driver.panels, (column) => pinned.column(column) !== undefined);
      this.#charts.fill(byId("main-chart"), panels.slice(0, 1), { height: MAIN_HEIGHT, keepsCursor: true });
      this.#charts.fill(byId("charts"), panels.slice(1), { height: HEIGHT, keepsCursor: true });
      this.#drawn = drawn;
    }
    // While the run is not over, its last row may be before the cursor.
    if (this.#at === null && isOver) this.#at = this.#rows.times.at(-1) ?? 0;
    if (this.#at !== null) this.#charts.pointAt(this.#at);
    this.#isDrawing = false;
    this.#pointed();
  }

  /** The cursor or the visible time has changed. */
  #pointed(): void {
    const { time } = this.#charts;
    this.#cursor.show(this.#rows, time);
    byId("cursor-time").textContent = time === null ? "" : `${Number(time.toFixed(6))} s`;
    if (time !== this.#at && !this.#isDrawing) {
      this.#at = time;
      this.#keepAddress();
    }
  }

  get #address(): string {
    const isPlain = areEqual(this.#pin, plainState(this.#pin.trace));
    return encodeView({ shown: this.#state, pinned: isPlain ? null : this.#pin, at: this.#at });
  }

  #keepAddress(): void {
    clearTimeout(this.#addressTimer);
    this.#addressTimer = setTimeout(() => history.replaceState(null, "", `#${this.#address}`), ADDRESS_MS);
  }

  #say(text: string, isError: boolean, progress = 1): void {
    const status = byId("status");
    status.textContent = text;
    status.classList.toggle("error", isError);
    status.classList.toggle("busy", progress < 1);
    byId("curves").classList.toggle("stale", isError);
    const bar = byId("progress") as HTMLProgressElement;
    bar.value = progress;
    bar.classList.toggle("idle", progress >= 1);
  }
}

function statusOf({ data, progress, ms }: Shown): string {
  if (progress < 1) return `${Math.floor(progress * 100)} % of the run`;
  return `${data.rows} rows in ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** The page: joins settings, charts and results. */

import { byId, element, write } from "../../report/page/dom.ts";
import type { RunRows } from "../../report/page/time-data.ts";
import type { DriverModel, ExploreData } from "../model.ts";
import type { CurveData, FromWorker, RunRequest, TargetEdit, TraceFacts } from "../protocol.ts";
import { readAddress } from "./address.ts";
import { AddressBar } from "./address-bar.ts";
import { type Actions, showPinButtons, startControls } from "./controls.ts";
import { CursorPanel } from "./cursor-panel.ts";
import { rowsOf } from "./curves.ts";
import { CurvesView, NO_ROWS } from "./curves-view.ts";
import { save, showCommand } from "./downloads.ts";
import { Errands } from "./errands.ts";
import { commandOf, fileOf, ratesText } from "./files.ts";
import { fitted, refusalText } from "./fit.ts";
import { takeFiles } from "./own-files.ts";
import { type OwnFile, unpackedText } from "./packed-text.ts";
import { PresetList } from "./preset-list.ts";
import { Results } from "./results.ts";
import { Runner, type Shown } from "./runner.ts";
import { showSettings } from "./settings.ts";
import { areEqual, encodeView, plainState, requestOf, type State, type View } from "./state.ts";
import { showStatus } from "./status.ts";
import { TargetEditor } from "./target-editor.ts";
import { TraceBook } from "./trace-book.ts";
import { WalkPanel } from "./walk-panel.ts";
import { WhyPanel } from "./why-panel.ts";
import { WorkerClient } from "./worker-client.ts";

/** The state of the page. */
export class Explorer {
  readonly #data: ExploreData;
  readonly #worker = new WorkerClient((message) => this.#take(message));
  readonly #traces: TraceBook;
  readonly #results: Results;
  readonly #cursor = new CursorPanel();
  readonly #target = new TargetEditor(
    (target) => this.#setTarget(target),
    () => this.#draw(),
    () => Math.round((this.#curves.at ?? 0) * 1e6),
  );
  readonly #why = new WhyPanel((us) => this.#curves.pointAt(us / 1e6));
  readonly #walk = new WalkPanel((commands) => this.#errands.walk(this.#request, commands));
  readonly #errands = new Errands(this.#worker, {
    made: ({ name, type }, text) => save(name, text, type),
    walked: (lines) => this.#walk.show(lines),
    failed: (message) => this.#say(message, true),
  });
  readonly #presets: PresetList;
  readonly #runner: Runner;
  readonly #curves: CurvesView;
  #state: State;
  #pin: State;
  #driver: DriverModel | null = null;
  #rows: RunRows = NO_ROWS;
  #pinned: RunRows | null = null;
  #pinnedObjectives: readonly number[] | null = null;
  #lastShown: Shown | null = null;
  /** What of the address is left out, until it is told. */
  #refused: readonly string[] = [];
  readonly #addressBar = new AddressBar(() => this.#address);

  constructor(data: ExploreData) {
    this.#data = data;
    this.#results = new Results(data.objectives);
    this.#traces = new TraceBook(data.traces);
    this.#presets = new PresetList(data.presets, ({ driver, rates }) => {
      this.#change((state) => ({ ...state, driver: driver === this.#ownDriver ? null : driver, rates }));
      this.#showSettings();
    });
    const target = this.#target;
    this.#curves = new CurvesView({
      get isDragging() {
        return target.isDragging;
      },
      detach: () => target.detach(),
      attach: (chart) => target.attach(chart),
      pointed: (isMoved) => this.#pointed(isMoved),
    });
    this.#state = plainState(data.traces[0]?.name ?? "");
    this.#pin = this.#state;
    this.#runner = new Runner(this.#worker, {
      shown: (run) => this.#show(run),
      pinned: (curves, objectives) => this.#showPinned(curves, objectives),
      worlds: (shown, pinned) => this.#results.show(shown, pinned),
      causes: (episodes, all) => {
        this.#why.show(episodes, all);
        this.#curves.setMarks(this.#why.marks);
      },
      failed: (message) => {
        this.#say(message, true);
        byId("curves").classList.add("stale");
      },
      afterPaint: (action) => requestAnimationFrame(action),
      began: () => {
        byId("status").classList.add("busy");
        this.#why.clear();
        this.#curves.setMarks([]);
      },
    });
  }

  /** Fills the page. */
  start(): void {
    startControls(this.#data, this.#actions);
    for (const { name, text } of this.#data.traces) this.#worker.send({ kind: "trace", key: name, name, text });
    addEventListener("hashchange", () => void this.#goToAddress());
    takeFiles({
      take: (files) => {
        for (const file of files) void this.#takeOwn(file);
      },
      refuse: (message) => this.#say(message, true),
      command: "balloon-sim run",
    });
    void this.#goToAddress();
  }

  /** Adds a trace of the reader, and shows it. @param view how; null: as it is */
  async #takeOwn(trace: OwnFile, view: View | null = null): Promise<void> {
    const key = await this.#traces.add(trace, view);
    this.#worker.send({ kind: "trace", key, ...trace });
  }

  /** The worker has read a trace. */
  #knowTrace(key: string, facts: TraceFacts): void {
    const view = this.#traces.know(key, facts);
    if (view !== null) this.#goTo(view);
    else if (key === this.#state.trace) this.#begin();
  }

  get #actions(): Actions {
    /** Shows another state, and its settings. */
    const show = (change: (state: State) => State): void => {
      this.#change(change);
      this.#showSettings();
    };
    return {
      openTrace: (name) => this.#goTo({ shown: plainState(name), pinned: null, at: null }),
      chooseDriver: (name) => {
        show((state) => ({ ...state, driver: name === this.#ownDriver ? null : name, rates: {} }));
      },
      reset: () => show(({ trace }) => plainState(trace)),
      pin: () => this.#setPin(this.#state),
      unpin: () => this.#setPin(plainState(this.#state.trace)),
      showPinned: () => show(() => this.#pin),
      step: (by) => this.#curves.step(by),
      take: (what) => this.#errands.makeFile(what, fileOf(what, this.#state), this.#request),
      saveRates: () => {
        if (this.#driver !== null) save("rates.json", ratesText(this.#driver, this.#state), "application/json");
      },
      copyLink: () =>
        this.#addressBar.copy(this.#traces.isTooLong(this.#state.trace), (text) => this.#say(text, false)),
    };
  }

  async #goToAddress(): Promise<void> {
    const { hash } = location;
    // A link to a part of the page.
    if (document.getElementById(hash.slice(1)) !== null) return;
    const { view, refused } = readAddress(hash);
    if (view !== null && hash === `#${this.#address}`) return;
    this.#refused = refused;
    const asBefore: View = { shown: this.#state, pinned: null, at: null };
    if (view === null) return this.#goTo(asBefore);
    const { trace } = view.shown;
    const own = new URLSearchParams(hash.slice(1)).get("own");
    const text = own === null ? null : await unpackedText(own);
    if (text !== null) return this.#takeOwn({ name: trace, text }, view);
    if (own !== null) this.#refused = [...refused, "own (the trace in it is damaged)"];
    if (this.#traces.has(trace)) return this.#goTo(view);
    this.#refused = [`trace=${trace} (this page has no such trace: open its file, and then the link again)`];
    this.#goTo(asBefore);
  }

  #goTo({ shown, pinned, at }: View): void {
    this.#addressBar.enter("trace", this.#state.trace, shown.trace, () => {
      this.#state = shown;
      this.#pin = pinned ?? plainState(shown.trace);
      this.#pinned = null;
      this.#pinnedObjectives = null;
      this.#curves.at = at;
    });
    (byId("trace") as HTMLSelectElement).value = shown.trace;
    if (this.#facts !== undefined) this.#begin();
  }

  /** Shows the settings of the present trace, and runs it. */
  #begin(): void {
    this.#fit();
    this.#showSettings();
    this.#run();
    this.#runner.pin(requestOf(this.#pin, this.#ownDriver), areEqual(this.#pin, this.#state));
  }

  /** Leaves out of the state what the page does not have, and tells what was left out. */
  #fit(): void {
    const facts = this.#facts;
    if (facts === undefined) return;
    const { drivers } = this.#data;
    const [shown, pin] = [this.#state, this.#pin].map((state) => fitted(state, facts, drivers, this.#ownDriver));
    if (shown === undefined || pin === undefined) return;
    this.#state = shown.state;
    this.#pin = pin.state;
    const left = [...this.#refused, ...shown.refused, ...pin.refused.map((text) => `pinned ${text}`)];
    write(byId("refused"), refusalText(left));
    this.#refused = [];
  }

  get #facts(): TraceFacts | undefined {
    return this.#traces.factsOf(this.#state.trace);
  }

  get #ownDriver(): string {
    return this.#facts?.driver ?? this.#data.defaultDriver;
  }

  #showSettings(): void {
    const facts = this.#facts;
    if (facts === undefined) return;
    const name = this.#state.driver ?? this.#ownDriver;
    const driver = this.#data.drivers.find((one) => one.name === name) ?? this.#data.drivers[0];
    if (driver === undefined) return;
    (byId("driver") as HTMLSelectElement).value = driver.name;
    write(byId("about"), facts.description.replace(/\s+/g, " "));
    if (this.#driver !== driver) this.#cursor.setDriver(driver);
    this.#driver = driver;
    showSettings(this.#state, driver, facts, (change) => this.#change(change));
  }

  #showTarget(): void {
    const facts = this.#facts;
    if (facts === undefined) return;
    const { target, guest } = this.#state.edits;
    this.#target.show({
      target: target ?? facts.target,
      isRepeating: target === null && facts.isRepeating,
      isDrawn: target !== null,
      durationUs: facts.durationUs,
      memory: guest.memory ?? facts.guest.memory,
    });
  }

  #setTarget(target: TargetEdit | null): void {
    this.#change((state) => ({ ...state, edits: { ...state.edits, target } }));
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
    this.#addressBar.keep();
    this.#showTarget();
    showCommand(this.#state);
    this.#presets.show(this.#request.driver, this.#request.rates);
    showPinButtons({
      isPinned: areEqual(this.#state, this.#pin),
      isPinPlain: areEqual(this.#pin, plainState(this.#pin.trace)),
      isPlain: areEqual(this.#state, plainState(this.#state.trace)),
    });
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
        return this.#knowTrace(message.key, message.facts);
      case "refused":
        this.#traces.forget(message.key);
        return this.#say(message.message, true);
      case "walked":
      case "exported":
        this.#errands.take(message);
        return;
      case "failed":
        if (!this.#errands.take(message)) this.#runner.take(message);
        return;
      case "curves":
      case "worlds":
      case "causes":
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
        isPinned ? [run.objectives] : this.#pinnedObjectives && [this.#pinnedObjectives],
      );
    }
    this.#draw();
    const { at } = this.#curves;
    if (run.objectives !== null && at !== null) this.#walk.goTo(Math.round(at * 1e6));
    // For tests: what the curves show.
    if (run.objectives !== null) byId("curves").dataset.shown = commandOf(this.#state);
    this.#say(statusOf(run), false, run.progress);
    byId("curves").classList.remove("stale");
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
    const [driver, rows] = [this.#driver, this.#rows];
    // Of a run that fails there are none, though its pinned run has some.
    if (driver === null || rows.times.length === 0) return;
    const pinned = areEqual(this.#state, this.#pin) ? null : this.#pinned;
    this.#curves.draw({ driver, rows, pinned, isOver: this.#lastShown?.objectives != null });
  }

  /** The cursor or the visible time has changed. */
  #pointed(isMoved: boolean): void {
    const { time, at } = this.#curves;
    this.#cursor.show(this.#rows, time);
    this.#why.pointAt(time === null ? null : time * 1e6);
    byId("cursor-time").textContent = time === null ? "" : `${Number(time.toFixed(6))} s`;
    if (!isMoved) return;
    if (at !== null) this.#walk.goTo(Math.round(at * 1e6));
    this.#addressBar.keep();
  }

  get #address(): string {
    const isPlain = areEqual(this.#pin, plainState(this.#pin.trace));
    const view = encodeView({ shown: this.#state, pinned: isPlain ? null : this.#pin, at: this.#curves.at });
    const own = this.#traces.partOf(this.#state.trace);
    return own === null ? view : `${view}&own=${own}`;
  }

  #say(text: string, isError: boolean, progress = 1): void {
    showStatus(text, isError, progress);
  }
}

function statusOf({ data, progress, ms }: Shown): string {
  if (progress < 1) return `${Math.floor(progress * 100)} % of the run`;
  const drawn = data.columns[0]?.length ?? 0;
  const thinned = drawn < data.rows ? `, thinned to ${drawn} for the charts` : "";
  return `${data.rows} rows in ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms${thinned}`;
}

/**
 * A thread with some of a host's VMs. It sleeps in `Atomics.wait` until the host meets VMs of it, and answers in shared memory.
 */
import { workerData } from "node:worker_threads";
import type { Us } from "../../../../common/units.ts";
import { answering } from "../../../threads/answer.ts";
import { parseHost, scenarioOf } from "../../scenario/read.ts";
import type { HostScenario } from "../../scenario/types.ts";
import { LocalGroup } from "../vm-group.ts";
import { Cell, type PlainHost, type ThreadData, Turn, type VmObserverModule } from "./protocol.ts";
import { orderRows, reportRows } from "./shared-rows.ts";

const data = workerData as ThreadData;
const cells = new Int32Array(data.cells);

/** The host again, with a policy that is never asked. */
function hostOf({ source, sets, seed, policy, untilUs }: PlainHost, world: number): HostScenario {
  const create = (): never => {
    throw new Error("a thread of VMs does not decide");
  };
  const document = parseHost(source, () => ({ ...policy, create }));
  const host = scenarioOf({ ...document, sets, seed }, world);
  return { ...host, durationUs: Math.min(host.durationUs, untilUs as Us) };
}

async function groupOf(): Promise<LocalGroup> {
  const { host, world, observers } = data;
  const scenario = hostOf(host, world);
  const vms = scenario.vms.length;
  const options =
    observers === null ? {} : ((await import(observers.module)) as VmObserverModule).watchVms(observers.data);
  return new LocalGroup(scenario, { ...options, world }, orderRows(data, vms), reportRows(data, vms));
}

/** Waits for the thread's turn. */
function nextTurn(): number {
  for (;;) {
    const turn = Atomics.load(cells, Cell.Turn);
    if (turn !== Turn.Host) return turn;
    // The host's notice of the turn before may come late, and end this wait before its time.
    Atomics.wait(cells, Cell.Turn, Turn.Host);
  }
}

/** Answers one call. */
function serve(group: LocalGroup, turn: number): void {
  if (turn === Turn.Check) group.check();
  else group.meet(Array.from(cells.subarray(Cell.First, Cell.First + (cells[Cell.Count] as number))));
}

function giveTurn(): void {
  Atomics.store(cells, Cell.Turn, Turn.Host);
  Atomics.notify(cells, Cell.Turn);
}

const run = answering<void, null>(async () => {
  const group = await groupOf();
  giveTurn();
  for (;;) {
    const turn = nextTurn();
    if (turn === Turn.Close) return null;
    serve(group, turn);
    giveTurn();
  }
});

// With an await here the bundler would split the code that every run needs.
run().then((answer) => {
  data.port.postMessage(answer);
  giveTurn();
});

/** Requests of the machines of kernel drivers, and the loop that passes them to the ports. */
import type { BalloonDevice, BatchHypervisor, KernelAllocator, KernelClock, LongReply } from "./ports.ts";

/** The requests of a machine; their arguments are `count` and `value` of its state. */
export const KernelRequest = {
  /** Nothing: the work is done. */
  None: 0,
  /** START with capabilities `value`. Answer: status, capabilities. */
  Start: 1,
  /** GUEST_ID with type `value`. Answer: status. */
  GuestId: 2,
  /** The guest's RAM. Answer: pages. */
  TotalPages: 3,
  /** GET_TARGET with limit `value`. Answer: status, target. */
  GetTarget: 4,
  /** Allocates `count` pages in the way `value` (`Allocation`). Answer: pages, 1 if the next one failed. */
  Take: 5,
  /** Sends the command `value` for `count` pages. Answer: that of `TransferReply`. */
  Transfer: 6,
  /** Frees the `count` pages in custody `value`. Answer: none. */
  Free: 7,
  /** Splits the `count` refused pages of 2 MiB. Answer: none. */
  Split: 8,
  /** DOORBELL_SET with a doorbell (`value` is 1) or none. Answer: status. */
  SetDoorbell: 9,
  /** Reads the target in the device's configuration. Answer: the target. */
  ReadTarget: 10,
  /** Tells the device of `count` pages, for the balloon (`value` is 1) or from it. Answer: none. */
  Tell: 11,
  /** Writes the size `count` to the device's configuration. Answer: none. */
  WriteActual: 12,
  /** Sleeps for `value` milliseconds. Answer: none. */
  Sleep: 13,
  /** Allocates `count` pages of 4 KiB, asleep if need be (`value` is 1). Answer: that of `Take`. */
  Allocate: 14,
} as const;

/** Names of the requests for `BalloonView.waitsFor`, by `KernelRequest`. */
export const REQUEST_NAMES: readonly (string | null)[] = [
  null,
  "START",
  "GUEST_ID",
  "total pages",
  "GET_TARGET",
  "pages",
  "LOCK or UNLOCK",
  "free",
  "split",
  "DOORBELL_SET",
  "num_pages",
  "message",
  "actual",
  "sleep",
  "pages",
];

/** The pending request in a machine's state. */
export interface PendingRequest {
  /** `KernelRequest`. */
  request: number;
  count: number;
  value: number;
}

/** The stages of the life of a machine's driver; `state.life`. */
export const Life = { Unloaded: 0, Loaded: 1, Exiting: 2, Exited: 3 } as const;

/** A machine that makes requests: `step` takes the answer to the pending one and returns the next. */
export interface RequestMachine {
  readonly state: Readonly<PendingRequest>;
  /** @throws {RangeError} if no request is pending, or if this can't be its answer */
  step(first: number, second: number, third: number, fourth: number): number;
}

/** The ports that answer a machine's requests. */
export interface RequestPorts {
  readonly allocator: KernelAllocator;
  readonly hypervisor: BatchHypervisor;
  /** Of drivers with such a device, and of those that sleep; absent: the driver does not ask for that. */
  readonly device?: BalloonDevice;
  readonly clock?: KernelClock;
}

/** @throws {RangeError} if the driver's world lacks the port */
function present<T>(port: T | undefined): T {
  if (port === undefined) throw new RangeError("the driver asked for a port that its world does not have");
  return port;
}

/** Passes the pending request to the port that answers it. */
export function request(
  { request: kind, count, value }: Readonly<PendingRequest>,
  { allocator, hypervisor, device, clock }: RequestPorts,
  reply: LongReply,
): void {
  const short = (first: number, second: number) => reply(first, second, 0, 0);
  if (kind === KernelRequest.Start) hypervisor.start(value, short);
  else if (kind === KernelRequest.GuestId) hypervisor.guestId(value, short);
  else if (kind === KernelRequest.TotalPages) allocator.totalPages(short);
  else if (kind === KernelRequest.GetTarget) hypervisor.getTarget(value, short);
  else if (kind === KernelRequest.Take) allocator.take(value, count, short);
  else if (kind === KernelRequest.Transfer) hypervisor.transfer(value, count, reply);
  else if (kind === KernelRequest.Free) allocator.free(count, value, short);
  else if (kind === KernelRequest.Split) allocator.split(count, short);
  else if (kind === KernelRequest.SetDoorbell) hypervisor.setDoorbell(value, short);
  else if (kind === KernelRequest.ReadTarget) present(device).readTarget(short);
  else if (kind === KernelRequest.Tell) present(device).tell(value, count, short);
  else if (kind === KernelRequest.WriteActual) present(device).writeActual(count, short);
  else if (kind === KernelRequest.Sleep) present(clock).sleep(value, short);
  else if (kind === KernelRequest.Allocate) allocator.allocate(count, value === 1, short);
}

/**
 * Passes a machine's requests to its ports, and the answers back. Answers that come at once are processed in a loop, not by
 * recursion. It has no state between two calls: pending work is in the machine.
 */
export class RequestLoop {
  readonly #machine: RequestMachine;
  readonly #ports: RequestPorts;
  readonly #ended: () => void;
  readonly #reply: LongReply;
  readonly #answer: [number, number, number, number] = [0, 0, 0, 0];
  #isAnswered = false;
  #isWorking = false;

  /** @param ended called when a piece of work is done: the machine has no further request */
  constructor(machine: RequestMachine, ports: RequestPorts, ended: () => void) {
    this.#machine = machine;
    this.#ports = ports;
    this.#ended = ended;
    this.#reply = (first, second, third, fourth) => this.answer(first, second, third, fourth);
  }

  /** Begins a piece of work with its first request, which is pending in the machine's state. */
  run(first: number): void {
    this.#work(first, false);
  }

  /**
   * Passes the answer to the pending request, for owners that keep answers as data; the same as its reply.
   * @throws {RangeError} if no request is pending, if it was answered before, or if this can't be its answer
   */
  answer(first: number, second: number, third: number, fourth: number): void {
    const pending = this.#machine.state.request;
    if (pending === KernelRequest.None) throw new RangeError("no request is waiting for an answer");
    if (this.#isAnswered) throw new RangeError("a request was answered twice");
    this.#answer[0] = first;
    this.#answer[1] = second;
    this.#answer[2] = third;
    this.#answer[3] = fourth;
    this.#isAnswered = true;
    if (!this.#isWorking) this.#work(pending, true);
  }

  #work(first: number, isAsked: boolean): void {
    let next = first;
    let asked = isAsked;
    this.#isWorking = true;
    try {
      while (next !== KernelRequest.None) {
        if (!asked) request(this.#machine.state, this.#ports, this.#reply);
        asked = false;
        if (!this.#isAnswered) return;
        this.#isAnswered = false;
        next = this.#machine.step(...this.#answer);
      }
    } finally {
      this.#isWorking = false;
      this.#isAnswered = false;
    }
    this.#ended();
  }
}

/**
 * Runs a piece of work whose requests are answered at once (`BalloonInstance.relieve`), in the middle of another one, too.
 * @throws {RangeError} if an answer does not come at once
 */
export function runAtOnce(machine: RequestMachine, ports: RequestPorts, first: number): void {
  for (let next = first; next !== KernelRequest.None; ) {
    let answer: [number, number, number, number] | null = null;
    request(machine.state, ports, (...numbers) => {
      answer = numbers;
    });
    if (answer === null) throw new RangeError("relieve: an answer did not come at once");
    next = machine.step(...(answer as [number, number, number, number]));
  }
}

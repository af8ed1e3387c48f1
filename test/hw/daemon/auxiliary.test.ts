import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Auxiliary } from "../../../src/hw/daemon/auxiliary.ts";
import { FileWatch } from "../../../src/hw/daemon/files/file-watch.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Something that opens when `works` says so. */
class Rig {
  works = false;
  attempts = 0;
  readonly closed: number[] = [];
  readonly said: string[] = [];
  readonly auxiliary: Auxiliary<number>;

  constructor() {
    const say = (text: string) => void this.said.push(text);
    const open = () => {
      this.attempts++;
      if (this.works) return this.attempts;
      throw new Error("--metrics: taken");
    };
    const close = (value: number) => void this.closed.push(value);
    this.auxiliary = new Auxiliary({ name: "metrics", open, close }, { info: say, warn: say, error: say });
  }
}

const TAKEN = "--metrics: taken: the balloon continues without it, and it is retried";

test("an auxiliary that does not open is tried again ever less often, and reported once", async () => {
  const rig = new Rig();
  await rig.auxiliary.open();
  expect([rig.attempts, rig.said]).toEqual([1, [TAKEN]]);
  const seconds: number[] = [];
  for (let second = 1; second <= 300; second++) {
    const before = rig.attempts;
    await vi.advanceTimersByTimeAsync(1000);
    if (rig.attempts > before) seconds.push(second);
  }
  expect(seconds).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243]);
  expect(rig.said).toEqual([TAKEN]);
  expect(rig.auxiliary.state).toEqual({ name: "metrics", failure: "--metrics: taken", failures: 10, lost: 0 });
  rig.works = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([rig.auxiliary.value, rig.said.at(-1)]).toEqual([11, "--metrics works again"]);
  expect(rig.auxiliary.state.failure).toBeNull();
});

test("an auxiliary that fails later is closed and opened anew", async () => {
  const rig = new Rig();
  rig.works = true;
  await rig.auxiliary.open();
  expect(rig.said).toEqual([]);
  rig.auxiliary.lost(new Error("the disk is full"));
  rig.auxiliary.lost(new Error("told twice"));
  expect([rig.auxiliary.value, rig.auxiliary.state.failures]).toEqual([null, 1]);
  await vi.advanceTimersByTimeAsync(1000);
  expect([rig.auxiliary.value, rig.closed]).toEqual([2, [1]]);
  expect(rig.said).toEqual([
    "the disk is full: the balloon continues without it, and it is retried",
    "--metrics works again",
  ]);
});

test("an auxiliary that opens and fails repeatedly, as on a full disk, is tried ever less often, and not reported each time", async () => {
  const rig = new Rig();
  rig.works = true;
  await rig.auxiliary.open();
  const full = () => rig.auxiliary.lost(new Error("the disk is full"));
  full();
  const seconds: number[] = [];
  for (let second = 1; second <= 300; second++) {
    const before = rig.attempts;
    await vi.advanceTimersByTimeAsync(1000);
    if (rig.attempts > before) {
      seconds.push(second);
      full();
    }
  }
  expect(seconds).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243]);
  const told = "the disk is full: the balloon continues without it, and it is retried";
  expect(rig.said).toEqual([told, "--metrics works again", told]);
  // It stays open now, and is believed after a minute.
  await vi.advanceTimersByTimeAsync(62_000);
  expect([rig.auxiliary.value, rig.said.length]).toEqual([rig.attempts, 3]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(rig.said.slice(3)).toEqual(["--metrics works again"]);
  full();
  await vi.advanceTimersByTimeAsync(1000);
  expect(rig.said.slice(4)).toEqual([told, "--metrics works again"]);
});

test("an auxiliary is closed at the end, and not tried again", async () => {
  const rig = new Rig();
  await rig.auxiliary.open();
  await rig.auxiliary.end();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(rig.attempts).toBe(1);
  const open = new Rig();
  open.works = true;
  await open.auxiliary.open();
  await open.auxiliary.end();
  open.auxiliary.lost(new Error("late"));
  await vi.advanceTimersByTimeAsync(600_000);
  expect([open.closed, open.attempts, open.said]).toEqual([[1], 1, []]);
});

/** A file whose file system can stop answering. */
class Hanging {
  isHanging = false;
  readonly said: string[] = [];
  readonly watch: FileWatch;
  readonly auxiliary: Auxiliary<string>;
  #release: () => void = () => {};

  constructor() {
    const say = (text: string) => void this.said.push(text);
    const log = { info: say, warn: say, error: say };
    this.watch = new FileWatch("--record x", "lines", log);
    const operation = async () => {
      if (!this.isHanging) return;
      await new Promise<void>((resolve) => {
        this.#release = resolve;
      });
    };
    this.auxiliary = new Auxiliary(
      {
        ...{ name: "record", watch: this.watch },
        open: () => this.watch.during(operation).then(() => "open"),
        close: () => this.watch.during(operation),
      },
      log,
    );
  }

  answer(): void {
    this.isHanging = false;
    this.#release();
  }
}

test("an auxiliary whose file system does not answer keeps neither the start nor the end of the daemon waiting", async () => {
  const rig = new Hanging();
  rig.isHanging = true;
  let isStarted = false;
  void rig.auxiliary.open().then(() => {
    isStarted = true;
  });
  await vi.advanceTimersByTimeAsync(4999);
  expect(isStarted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect([isStarted, rig.auxiliary.value]).toEqual([true, null]);
  await vi.advanceTimersByTimeAsync(7000);
  rig.watch.lose(3);
  expect(rig.auxiliary.state).toMatchObject({
    failure: "--record x: the file system has not answered for 12 s",
    failures: 0,
    lost: 3,
  });
  rig.answer();
  await vi.advanceTimersByTimeAsync(0);
  expect([rig.auxiliary.value, rig.auxiliary.state.failure]).toEqual(["open", null]);
  rig.isHanging = true;
  const ended = rig.auxiliary.end();
  await vi.advanceTimersByTimeAsync(5000);
  expect(await ended).toBe(false);
  expect(rig.said.at(-1)).toBe("--record: the file system does not answer: the daemon ends without it");
});

test("an auxiliary that opens after the end of the daemon is closed", async () => {
  const rig = new Hanging();
  rig.isHanging = true;
  void rig.auxiliary.open();
  await vi.advanceTimersByTimeAsync(5000);
  const ended = rig.auxiliary.end();
  await vi.advanceTimersByTimeAsync(1000);
  rig.answer();
  expect(await ended).toBe(true);
  expect(rig.auxiliary.value).toBeNull();
});

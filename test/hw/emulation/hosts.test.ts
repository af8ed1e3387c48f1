import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Capability, Command, Status, SUCCESS_WITH_CAPABILITIES } from "../../../src/engine/index.ts";
import { scratchDirectory } from "../../support/processes/command.ts";
import { because, emulationMissing, HOSTS, readHostState, runGuest } from "../../support/processes/emulation.ts";

const missing = emulationMissing();
const { Start, GuestId, GetTarget, Lock, BatchedLock, BatchedUnlock, Batched2mLock } = Command;
const ALL = Capability.Basic | Capability.Batched | Capability.Batched2m | Capability.Target64;

/** A line of the guest that sends a command. */
const send = (command: number, argument = 0): string => `send ${command} ${argument}`;

describe.skipIf(missing !== undefined).each(HOSTS)(`the emulated host, %s${because(missing)}`, (host) => {
  const directory = scratchDirectory();
  const answers = (script: readonly string[], lines: readonly string[]): readonly string[] => {
    const run = runGuest(host, directory, script, lines);
    expect(run.stderr).toBe("");
    expect(run).toMatchObject({ status: 0, signal: null });
    return run.answers;
  };
  /** The guest leaves no frame locked. */
  const bye = send(Start, 2);

  it("answers START and GUEST_ID, and tells its target", () => {
    expect(answers(["target 0 700"], [send(Start, 2), send(GuestId, 1), send(GetTarget, 1000)])).toEqual([
      "0 0",
      "0 0",
      "0 700",
    ]);
  });

  it("has no other commands", () => {
    expect(answers([], [send(5), send(127), send(0xffff)])).toEqual(Array(3).fill(`${Status.CommandInvalid} 0`));
  });

  it("grants no capabilities unless its script names some, and then those that are wanted", () => {
    expect(answers([], [`registers ${Start} ${ALL}`])).toEqual(["fadedeed fadedeed"]);
    expect(answers([], [send(Start, ALL)])).toEqual(["0 0"]);
    const script = ["capabilities batched 64-bit-target"];
    expect(answers(script, [send(Start, ALL), `registers ${Start} ${ALL}`, `registers ${Start} 6`])).toEqual([
      ...[`${SUCCESS_WITH_CAPABILITIES} 0`, "26 fadedeed", "6 fadedeed"],
    ]);
    expect(answers(script, [send(Start, Capability.Basic)])).toEqual(["0 0"]);
  });

  it("tells targets of more than 32 bits to a guest with the capability, others the largest one of 32 bits", () => {
    const script = ["capabilities 64-bit-target", "target 0 5000000000"];
    expect(
      answers(script, [send(Start, 2), send(GetTarget), send(Start, ALL), send(GetTarget, 6_000_000_000)]),
    ).toEqual([...["0 0", "0 4294967295", `${SUCCESS_WITH_CAPABILITIES} 0`, "0 5000000000"]]);
  });

  /** A guest with pages of its own, the first of which is for the entries of batches. */
  const guest = (pages: number) => [
    send(Start, ALL),
    ...Array.from({ length: pages + 1 }, (_, number) => `page ${number}`),
  ];
  const batched = (script: readonly string[], ...lines: readonly string[]) =>
    answers(["capabilities batched 64-bit-target", ...script], [...guest(4), ...lines, bye]).slice(6, -1);

  it("locks and unlocks batches of pages", () => {
    const all = "0 1 2 3 4";
    expect(
      batched(["target 0 9"], `batch ${BatchedLock} ${all}`, send(GetTarget), `batch ${BatchedUnlock} ${all}`),
    ).toEqual(["0 9", "0", "0", "0", "0", "0 9", "0 9", "0", "0", "0", "0"]);
  });

  it("refuses entries of a batch by the rules for single pages, and whole batches by their own", () => {
    expect(
      batched(
        ["target 0 9", "rule lock 0 - 1 2 1 5", "rule batched-unlock 0 - 1 1 1 8"],
        ...[`batch ${BatchedLock} 0 1 2 3`, `batch ${BatchedUnlock} 0 1 3`, `batch ${BatchedUnlock} 0 3 1`],
      ),
    ).toEqual(["0 9", "0", "5", "0", "8 0", "0", "0", "0 9", "0", "0"]);
  });

  it("forgets all pages if it demands a reset in the middle of a batch", () => {
    expect(
      batched(
        ["target 0 9", "rule lock 0 - 1 3 1 7"],
        ...["lock 4", `batch ${BatchedLock} 0 1 2 3`, send(GetTarget), send(Start, ALL)],
        ...[`batch ${BatchedLock} 0 1 2 3 4`],
      ),
    ).toEqual(["0 9", "7 0", "0", "0", "0", "7 0", `${SUCCESS_WITH_CAPABILITIES} 0`, "0 9", "0", "0", "0", "0"]);
  });

  it("does not take batches that it has not granted, or whose entries are not in a page of the guest", () => {
    const lock = `batch ${BatchedLock} 0 1`;
    expect(answers([], [...guest(1), lock, bye]).slice(3, 5)).toEqual([`${Status.CommandInvalid} 0`, "0"]);
    expect(batched([], `batch ${Batched2mLock} 0 1`)).toEqual([`${Status.CommandInvalid} 0`, "0"]);
    expect(batched([], send(BatchedLock, 1))).toEqual([`${Status.CommandInvalid} 0`]);
  });

  it("overwrites the registers that a host may", () => {
    expect(answers([], [`registers ${GetTarget} 5`])).toEqual(["fadedeed fadedeed"]);
  });

  it("wants nothing until its script does", () => {
    expect(answers(["target 60000000 700"], [send(Start, 2), send(GetTarget)])).toEqual(["0 0", "0 0"]);
  });

  it("follows steps and straight lines of the target, from the first command on", () => {
    const script = ["target 0 10", "target 400000 20", "ramp 1200000 100 3200000 200", "target 3200000 7"];
    const [, first, second, ramped, last] = answers(script, [
      send(Start, 2),
      send(GetTarget),
      ...["sleep 700", send(GetTarget), "sleep 900", send(GetTarget), "sleep 1700", send(GetTarget)],
    ]);
    expect([first, second, last]).toEqual(["0 10", "0 20", "0 7"]);
    // 1,600 ms after the beginning or later: beyond a fifth of the line, and never beyond its end.
    const target = Number(ramped?.split(" ")[1]);
    expect(target).toBeGreaterThanOrEqual(120);
    expect(target).toBeLessThanOrEqual(200);
  });

  it("changes its target in the middle of a run of LOCK", () => {
    const script = ["target 0 100", "target-at lock 2 50"];
    expect(
      answers(script, [
        send(Start, 2),
        "page 1",
        "page 2",
        "page 3",
        "lock 1",
        "lock 2",
        "lock 3",
        send(GetTarget),
        bye,
      ]),
    ).toEqual(["0 0", "page", "page", "page", "0 100", "0 100", "0 50", "0 50", "0 0"]);
  });

  it("refuses by position, as often as it is told to", () => {
    const pages = Array.from({ length: 8 }, (_, index) => `page ${index}`);
    const locks = Array.from({ length: 8 }, (_, index) => `lock ${index}`);
    const script = ["rule lock 0 - 2 3 1 5"];
    expect(answers(script, [send(Start, 2), ...pages, ...locks, bye]).slice(9, 17)).toEqual([
      ...["0 0", "0 0", "5 0", "0 0", "0 0", "5 0"],
      ...["0 0", "0 0"],
    ]);
  });

  it("asks the first rule that applies, and only those behind it that it lets pass", () => {
    const script = ["target 0 9", "rule get-target 0 - 1 1 1 0", "rule get-target 0 - 2 1 1 8", "rule any 0 - 1 1 1 1"];
    expect(answers(script, Array(5).fill(send(GetTarget)))).toEqual(["0 9", "8 0", "8 0", "1 0", "0 9"]);
  });

  it("refuses by chance, the same with the same seed", () => {
    const script = (seed: number) => [`seed ${seed}`, "rule get-target 0 - - 1 0.25 8"];
    const lines = Array<string>(2000).fill(send(GetTarget));
    const first = answers(script(1), lines);
    const busy = first.filter((answer) => answer === "8 0").length;
    expect(busy).toBeGreaterThan(420);
    expect(busy).toBeLessThan(580);
    expect(answers(script(1), lines)).toEqual(first);
    expect(answers(script(2), lines)).not.toEqual(first);
  });

  it("stops answering for a while", () => {
    const script = ["target 0 9", "rule any 400000 2000000 - 1 1 -1"];
    expect(answers(script, [send(GetTarget), "sleep 800", send(GetTarget), "sleep 1300", send(GetTarget)])).toEqual([
      "0 9",
      "-1 0",
      "0 9",
    ]);
  });

  it("forgets all pages once it has demanded a reset, and waits for START", () => {
    const script = ["target 0 9", "rule get-target 0 - 1 2 1 7"];
    expect(
      answers(script, [
        ...[send(Start, 2), "page 1", "page 2", "lock 1", send(GetTarget), send(GetTarget)],
        ...["lock 2", "unlock 1", send(GetTarget), send(GuestId, 1), send(Start, 2), "lock 1", bye],
      ]),
    ).toEqual(["0 0", "page", "page", "0 9", "0 9", "7 0", "7 0", "7 0", "7 0", "7 0", "0 0", "0 9", "0 0"]);
  });

  it("forgets its book at START", () => {
    expect(answers([], [send(Start, 2), "page 1", "lock 1", send(Start, 2), "lock 1", bye])).toEqual([
      ...["0 0", "page", "0 0", "0 0", "0 0", "0 0"],
    ]);
  });

  it("answers all threads of the guest (strict), or one (in-process)", () => {
    const { answers: got, signal } = runGuest(host, directory, [], [send(Start, 2), "page 1", "lock-in-thread 1", bye]);
    // The emulation is for the thread that works: another one that executes the instruction has lost its way.
    if (host === "in-process") expect(signal).toBe("SIGSEGV");
    else expect(got).toEqual(["0 0", "page", "0 0", "0 0"]);
  });

  it("leaves other faults and signals to the guest", () => {
    expect(runGuest(host, directory, [], ["crash"])).toMatchObject(
      host === "in-process" ? { signal: "SIGSEGV" } : { status: 128 + 11 },
    );
    expect(runGuest(host, directory, [], [send(Start, 2), "kill 11", "exit 5"])).toMatchObject(
      host === "in-process" ? { signal: "SIGSEGV" } : { status: 128 + 11 },
    );
    expect(runGuest(host, directory, [], ["exit 42"])).toMatchObject({ status: 42, signal: null });
  });

  it("keeps its book in a file when the guest is killed, and strikes it out at the next START", () => {
    const state = join(directory, `state-${host}`);
    rmSync(state, { force: true });
    const script = ["target 0 9", `state ${state}`, "rule lock 0 - 1 4 1 5"];
    const killed = [send(Start, 2), send(GetTarget, 77), "page 1", "page 2", "page 3", "lock 1", "lock 2", "unlock 1"];
    runGuest(host, directory, script, [...killed, "lock 3", "kill 9"]);
    expect(readHostState(state)).toMatchObject({
      ...{ locked: 2, mostLocked: 2, target: 9, limit: 77, resets: 0, violations: 0 },
      commands: [1, 1, 3, 1, 0],
      refused: [0, 0, 0, 0, 0],
    });
    // The fourth LOCK is refused, also by the host that goes on.
    const { answers: after } = runGuest(host, directory, script, [
      send(Start, 2),
      "page 1",
      "page 2",
      "lock 1",
      "lock 2",
    ]);
    expect(after).toEqual(["0 0", "page", "page", "5 0", "0 9"]);
    expect(readHostState(state)).toMatchObject({ locked: 1, commands: [2, 1, 5, 1, 0], refused: [0, 0, 1, 0, 0] });
    const other = runGuest(host, directory, [...script, "target 5 5"], [send(Start, 2)]);
    expect(other.status).toBe(2);
    expect(other.stderr).toContain("belongs to another script; remove it to start again");
  });

  it("does not write over a file that is no state of a host's", () => {
    const state = join(directory, `precious-${host}`);
    writeFileSync(state, "precious");
    const { status, stderr } = runGuest(host, directory, [`state ${state}`], [send(Start, 2)]);
    expect(status).toBe(2);
    expect(stderr).toContain(`state ${state}: the file exists and is not the state of a host; name another file`);
    expect(readFileSync(state, "utf8")).toBe("precious");
  });

  it.each([
    ["target 0", "line 2: target: expected 0..4503599627370495, found nothing"],
    ["target -1 5", 'line 2: time: expected 0..18446744073709551614, found "-1"'],
    ["target 5 5 5", 'line 2: unexpected "5"'],
    ["ramp 5 5 4 4", 'line 2: end: expected a time after the beginning, found "4"'],
    [
      "target-at lok 0 5",
      'line 2: command: expected start, guest-id, get-target, lock, unlock, batched-lock, batched-unlock, batched-2m-lock, batched-2m-unlock, found "lok"',
    ],
    ["capabilities", "line 2: capability: expected batched, batched-2m, 64-bit-target, found nothing"],
    ["capabilities batched all", 'line 2: capability: expected batched, batched-2m, 64-bit-target, found "all"'],
    ["rule lock 0 - 0 1 1 5", 'line 2: count: expected 1..18446744073709551614, found "0"'],
    ["rule lock 5 5 - 1 1 5", 'line 2: until: expected a time after the beginning, found "5"'],
    ["rule lock 0 - - 1 1.5 5", 'line 2: chance: expected a fraction above 0, at most 1, found "1.5"'],
    ["rule lock 0 - - 1 1", "line 2: status: expected 0..4294967295, found nothing"],
    ["state", "line 2: state: expected a file, found nothing"],
    ["goal 5", 'line 2: line: expected target, ramp, target-at, rule, capabilities, seed or state, found "goal"'],
  ])("reports a mistake in the line %s of a script", (line, problem) => {
    const { status, stderr } = runGuest(host, directory, [line], [send(Start, 2)]);
    expect(status).toBe(2);
    expect(stderr).toContain(problem);
  });

  it("refuses targets that are not in the order of time", () => {
    const { status, stderr } = runGuest(host, directory, ["# steps", "", "target 9 1", "target 8 2"], []);
    expect(status).toBe(2);
    expect(stderr).toContain('line 5: time: expected at least 9, found "8"');
  });
});

it.skipIf(missing !== undefined)(`the emulated hosts count locks and refusals${because(missing)}`, () => {
  const directory = scratchDirectory();
  const state = join(directory, "state");
  runGuest("in-process", directory, [`state ${state}`], [send(Start, 2), send(Lock, 5), send(Lock, 5), send(Lock, 6)]);
  expect(existsSync(state)).toBe(true);
  expect(readHostState(state)).toMatchObject({ locked: 2, violations: 1, refused: [0, 0, 1, 0, 0] });
});

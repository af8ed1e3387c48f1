import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameSet, FrameStack } from "../../../src/sim/state/frames.ts";

/** A stack of single frames. */
class NaiveStack {
  readonly frames: number[] = [];

  push(start: number, count: number): void {
    for (let i = 0; i < count; i++) this.frames.push(start + i);
  }

  /** The frames on top that follow each other, at most `count`. */
  run(count: number): number[] {
    let length = 1;
    const { frames } = this;
    while (length < count && frames.at(-length - 1) === (frames.at(-length) as number) - 1) length++;
    return frames.slice(-length);
  }

  drop(count: number): void {
    this.frames.length -= count;
  }

  moveTo(other: NaiveStack, count: number): void {
    for (let left = count; left > 0; ) {
      const run = this.run(left);
      this.drop(run.length);
      other.frames.push(...run);
      left -= run.length;
    }
  }
}

const part = fc.nat(100);
const stackStep = fc.oneof(
  fc.record({ kind: fc.constant("push" as const), start: fc.nat(12), count: fc.nat(5) }),
  fc.record({ kind: fc.constant("drop" as const), part }),
  fc.record({ kind: fc.constant("move" as const), part, back: fc.boolean() }),
);

/** All frames of a stack, newest last, taken off run by run. */
function drain(stack: FrameStack): number[] {
  const frames: number[] = [];
  while (stack.frames > 0) {
    const { start, count } = stack.run(stack.frames);
    for (let i = count - 1; i >= 0; i--) frames.push(start + i);
    stack.drop(count);
  }
  return frames.reverse();
}

describe("FrameStack", () => {
  it("is a stack of frames", () => {
    fc.assert(
      fc.property(fc.array(stackStep, { maxLength: 40, size: "max" }), (steps) => {
        const stacks = [new FrameStack(), new FrameStack()] as const;
        const naive = [new NaiveStack(), new NaiveStack()] as const;
        // As with a guest's frames, each is in one place at a time.
        let next = 0;
        for (const s of steps) {
          if (s.kind === "push") {
            next += s.start;
            stacks[0].push(next, s.count);
            naive[0].push(next, s.count);
            next += s.count;
          } else if (s.kind === "drop" && stacks[0].frames > 0) {
            const want = 1 + Math.floor((s.part * (stacks[0].frames - 1)) / 100);
            const { start, count } = stacks[0].run(want);
            const run = naive[0].run(want);
            expect([start, count]).toEqual([run[0], run.length]);
            stacks[0].drop(count);
            naive[0].drop(count);
          } else if (s.kind === "move") {
            const [from, to] = s.back ? ([1, 0] as const) : ([0, 1] as const);
            const count = Math.floor((s.part * stacks[from].frames) / 100);
            stacks[from].moveTo(stacks[to], count);
            naive[from].moveTo(naive[to], count);
          }
          expect(stacks.map((stack) => stack.frames)).toEqual(naive.map((stack) => stack.frames.length));
        }
        expect(stacks.map(drain)).toEqual(naive.map((stack) => stack.frames));
      }),
      { numRuns: 500 },
    );
  });
});

/** A book of single frames. */
class NaiveBook {
  readonly locked = new Set<number>();

  /** The first frame that is in the book (or not) as it must not be; -1, and done, if there is none. */
  change(start: number, count: number, lock: boolean): number {
    for (let i = 0; i < count; i++) if (this.locked.has(start + i) === lock) return start + i;
    for (let i = 0; i < count; i++) {
      if (lock) this.locked.add(start + i);
      else this.locked.delete(start + i);
    }
    return -1;
  }

  firstOf(start: number, count: number): number {
    for (let i = 0; i < count; i++) if (this.locked.has(start + i)) return start + i;
    return -1;
  }
}

const bookStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("add" as const), start: fc.nat(30), count: fc.nat(6) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("remove" as const), start: fc.nat(30), count: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const) }) },
);

describe("FrameSet", () => {
  it("is a set of frames, and changes nothing where it finds a fault", () => {
    fc.assert(
      fc.property(
        fc.array(bookStep, { maxLength: 60, size: "max" }),
        fc.nat(30),
        fc.integer({ min: 1, max: 6 }),
        (steps, from, span) => {
          const book = new FrameSet();
          const naive = new NaiveBook();
          for (const s of steps) {
            if (s.kind === "clear") {
              book.clear();
              naive.locked.clear();
            } else if (s.count > 0) {
              const found = s.kind === "add" ? book.add(s.start, s.count) : book.remove(s.start, s.count);
              expect(found).toBe(naive.change(s.start, s.count, s.kind === "add"));
            }
            expect(book.frames).toBe(naive.locked.size);
            expect(book.firstOf(from, span)).toBe(naive.firstOf(from, span));
          }
          for (let frame = 0; frame < 40; frame++) {
            expect(book.firstOf(frame, 1)).toBe(naive.firstOf(frame, 1));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
